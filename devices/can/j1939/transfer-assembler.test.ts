import { describe, expect, it } from 'vitest';
import { J1939Bus } from './j1939-bus.ts';
import { encodeJ1939Id } from './j1939-id.ts';
import type { J1939Message } from './j1939-message.ts';
import { segmentTransfer } from './segment-transfer.ts';
import { MAX_TRANSFERS } from './transfer-assembler.ts';
import { encodeTransportControl, TRANSPORT_CONTROL_PGN, TRANSPORT_PACKET_PGN } from './transport-control.ts';

const CONTROL = TRANSPORT_CONTROL_PGN;
const PACKET = TRANSPORT_PACKET_PGN;
const VIN = 65260;

/** A bus that is heard line by line: `at(ms).say(pgn, source, destination, hex)`. */
function openBus() {
  const messages: J1939Message[] = [];
  const bus = new J1939Bus({ onMessage: (message) => messages.push(message), onClaim: () => {}, onDtc: () => {} });
  let nowMs = 0;
  const line = {
    at(ms: number) {
      nowMs = ms;
      return line;
    },
    say(pgn: number, source: number, destination: number, ...hex: string[]) {
      for (const bytes of hex) {
        const id = encodeJ1939Id({ priority: 7, pgn, source, destination });
        const data = Buffer.from(bytes.replaceAll(' ', ''), 'hex');
        expect(bus.take({ id, isExtended: true, isRemote: false, data }, nowMs)).toBe(true);
      }
      return line;
    },
    tick(ms: number) {
      bus.tick(ms);
      return line;
    },
    heard: () =>
      messages.splice(0).map(({ source, destination, pgn, data, transport }) => {
        return `${transport} ${source}>${destination} ${pgn} ${Buffer.from(data).toString('hex')}`;
      }),
    rejections: () => bus.rejections,
    send(frames: ReturnType<typeof segmentTransfer>) {
      for (const frame of frames) bus.take(frame, nowMs);
      return line;
    },
  };
  return line;
}

// Ten bytes of PGN 65260 (0xFEEC) in two packets.
const BAM = '20 0A00 02 FF ECFE00';
const RTS = '10 0A00 02 FF ECFE00';
const CTS = '11 02 01 FFFF ECFE00';
const END = '13 0A00 02 FF ECFE00';
const ABORT = 'FF 03 FFFFFF ECFE00';
const FIRST = '01 00010203040506';
const SECOND = '02 070809 FFFFFFFF';
const CONTENT = '00010203040506070809';

describe('an announced transfer', () => {
  it('is told with its last packet [J1939-21 5.10]', () => {
    const bus = openBus().say(CONTROL, 3, 255, BAM).say(PACKET, 3, 255, FIRST);
    expect(bus.heard()).toEqual([]);
    expect(bus.say(PACKET, 3, 255, SECOND).heard()).toEqual([`bam 3>255 ${VIN} ${CONTENT}`]);
    expect(bus.rejections()).toEqual({});
  });

  it('needs of its last packet only the bytes that belong to it', () => {
    expect(openBus().say(CONTROL, 3, 255, BAM).say(PACKET, 3, 255, FIRST, '02 070809').heard()).toHaveLength(1);
  });

  it('bears the last packet twice with the same bytes, which CAN may make of one', () => {
    const bus = openBus().say(CONTROL, 3, 255, BAM).say(PACKET, 3, 255, FIRST, FIRST, SECOND);
    expect(bus.heard()).toEqual([`bam 3>255 ${VIN} ${CONTENT}`]);
  });

  it('goes on beside others of the same node and of other nodes', () => {
    const bus = openBus()
      .say(CONTROL, 3, 255, BAM)
      .say(CONTROL, 4, 255, BAM)
      .say(CONTROL, 3, 9, RTS)
      .say(CONTROL, 9, 3, RTS)
      .say(PACKET, 4, 255, '01 A0A1A2A3A4A5A6')
      .say(PACKET, 3, 9, '01 B0B1B2B3B4B5B6')
      .say(PACKET, 3, 255, FIRST)
      .say(PACKET, 9, 3, '01 C0C1C2C3C4C5C6')
      .say(PACKET, 3, 9, '02 B7B8B9FFFFFFFF')
      .say(PACKET, 4, 255, '02 A7A8A9FFFFFFFF')
      .say(PACKET, 9, 3, '02 C7C8C9FFFFFFFF')
      .say(PACKET, 3, 255, SECOND)
      .say(CONTROL, 9, 3, END)
      .say(CONTROL, 3, 9, END);
    expect(bus.heard()).toEqual([
      `bam 4>255 ${VIN} a0a1a2a3a4a5a6a7a8a9`,
      `bam 3>255 ${VIN} ${CONTENT}`,
      `rtsCts 3>9 ${VIN} b0b1b2b3b4b5b6b7b8b9`,
      `rtsCts 9>3 ${VIN} c0c1c2c3c4c5c6c7c8c9`,
    ]);
  });

  it('is replaced by the next of its node', () => {
    const bus = openBus().say(CONTROL, 3, 255, BAM).say(PACKET, 3, 255, FIRST).say(CONTROL, 3, 255, BAM);
    expect(bus.say(PACKET, 3, 255, SECOND).heard()).toEqual([]);
    expect(bus.rejections()).toEqual({ 'transfer-replaced': 1, 'sequence-gap': 1 });
  });

  it.each([
    ['a packet is missing', ['02 070809FFFFFFFF'], 'sequence-gap'],
    ['a packet comes before its turn', [SECOND, FIRST], 'sequence-gap'],
    ['a packet has the number 0', ['00 00010203040506'], 'sequence-gap'],
    ['a packet comes again with other bytes', [FIRST, '01 FF010203040506', SECOND], 'duplicate-packet'],
    ['a packet has a number beyond the last', ['03 00010203040506'], 'too-many-packets'],
    ['a packet is short', ['01 000102'], 'short-packet'],
    ['the last packet is too short for the rest', [FIRST, '02 0708'], 'short-packet'],
    ['a packet is empty', [''], 'sequence-gap'],
  ])('is not told when %s', (_, packets, reason) => {
    const bus = openBus()
      .say(CONTROL, 3, 255, BAM)
      .say(PACKET, 3, 255, ...packets)
      .tick(9000);
    expect(bus.heard()).toEqual([]);
    expect(bus.rejections()).toMatchObject({ [reason]: 1 });
  });

  it('is given up when a packet takes longer than T1', () => {
    const inTime = openBus().say(CONTROL, 3, 255, BAM).at(750).say(PACKET, 3, 255, FIRST).at(1500);
    expect(inTime.say(PACKET, 3, 255, SECOND).heard()).toHaveLength(1);
    const late = openBus().say(CONTROL, 3, 255, BAM).at(750).say(PACKET, 3, 255, FIRST).at(1501);
    expect(late.say(PACKET, 3, 255, SECOND).heard()).toEqual([]);
    expect(late.rejections()).toEqual({ 'transfer-timeout': 1, 'packet-without-transfer': 1 });
  });

  it('ends when its sender aborts it', () => {
    const bus = openBus().say(CONTROL, 3, 255, BAM).say(PACKET, 3, 255, FIRST).say(CONTROL, 3, 255, ABORT);
    expect(bus.say(PACKET, 3, 255, SECOND).heard()).toEqual([]);
  });
});

describe('an agreed transfer', () => {
  const opened = () => openBus().say(CONTROL, 3, 9, RTS).say(CONTROL, 9, 3, CTS);

  it('is told when the receiver has it all', () => {
    const bus = opened().say(PACKET, 3, 9, FIRST, SECOND);
    expect(bus.heard()).toEqual([]);
    expect(bus.say(CONTROL, 9, 3, END).heard()).toEqual([`rtsCts 3>9 ${VIN} ${CONTENT}`]);
    expect(bus.rejections()).toEqual({});
  });

  it('is told after T3 when nobody objects and the acknowledgement was not heard', () => {
    const bus = opened().say(PACKET, 3, 9, FIRST, SECOND).tick(1250);
    expect(bus.heard()).toEqual([]);
    expect(bus.tick(1251).heard()).toEqual([`rtsCts 3>9 ${VIN} ${CONTENT}`]);
  });

  it('takes packets again that the receiver asks for again', () => {
    const bus = opened()
      .say(PACKET, 3, 9, FIRST, SECOND)
      .say(CONTROL, 9, 3, '11 01 01 FFFF ECFE00')
      .say(PACKET, 3, 9, '01 F0F1F2F3F4F5F6')
      .say(CONTROL, 9, 3, END);
    expect(bus.heard()).toEqual([`rtsCts 3>9 ${VIN} f0f1f2f3f4f5f6070809`]);
  });

  it('is not told when packets that were asked for again did not come again', () => {
    const bus = opened()
      .say(PACKET, 3, 9, FIRST, SECOND)
      .say(CONTROL, 9, 3, '11 02 01 FFFF ECFE00')
      .say(PACKET, 3, 9, FIRST)
      .say(CONTROL, 9, 3, END);
    expect([bus.heard(), bus.rejections()]).toEqual([[], { 'transfer-incomplete': 1 }]);
  });

  it('waits for T4 as often as the receiver asks to wait', () => {
    const hold = '11 00 FF FFFF ECFE00';
    const bus = opened().say(PACKET, 3, 9, FIRST);
    for (let ms = 500; ms <= 3000; ms += 500) bus.at(ms).say(CONTROL, 9, 3, hold);
    bus.at(4050).say(CONTROL, 9, 3, '11 01 02 FFFF ECFE00').say(PACKET, 3, 9, SECOND).say(CONTROL, 9, 3, END);
    expect(bus.heard()).toHaveLength(1);
    const late = opened().say(CONTROL, 9, 3, hold).tick(1051);
    expect(late.rejections()).toEqual({ 'transfer-timeout': 1 });
  });

  it.each([
    ['no answer to the request (T3)', () => openBus().say(CONTROL, 3, 9, RTS), 1250],
    ['no packet after the answer (T2)', opened, 1250],
    ['no next packet (T1)', () => opened().say(PACKET, 3, 9, FIRST), 750],
    [
      'no answer after the cleared packets (T3)',
      () => {
        return openBus().say(CONTROL, 3, 9, RTS).say(CONTROL, 9, 3, '11 01 01 FFFF ECFE00').say(PACKET, 3, 9, FIRST);
      },
      1250,
    ],
  ])('is given up on %s', (_, begin, timeoutMs) => {
    expect(begin().tick(timeoutMs).rejections()).toEqual({});
    expect(
      begin()
        .tick(timeoutMs + 1)
        .rejections(),
    ).toEqual({ 'transfer-timeout': 1 });
  });

  it.each([
    ['its sender aborts it', 3, 9],
    ['its receiver aborts it', 9, 3],
  ])('ends when %s, also after its last packet', (_, source, destination) => {
    const bus = opened().say(PACKET, 3, 9, FIRST, SECOND).say(CONTROL, source, destination, ABORT);
    expect(bus.say(CONTROL, 9, 3, END).tick(9000).heard()).toEqual([]);
    expect(bus.rejections()).toEqual({ 'transfer-aborted': 1, 'control-without-transfer': 1 });
  });

  it.each([
    ['an answer about another parameter group', 9, 3, '11 02 01 FFFF EBFE00'],
    ['an abort of another parameter group', 9, 3, 'FF 01 FFFFFF EBFE00'],
    ['an answer from the sender itself', 3, 9, '11 02 01 FFFF ECFE00'],
    ['an acknowledgement from a third node', 4, 3, END],
  ])('takes no notice of %s', (_, source, destination, hex) => {
    const bus = opened().say(CONTROL, source, destination, hex).say(PACKET, 3, 9, FIRST, SECOND);
    expect(bus.say(CONTROL, 9, 3, END).heard()).toHaveLength(1);
    expect(bus.rejections()).toEqual({ 'control-without-transfer': 1 });
  });

  it.each([
    ['more packets come than were announced', [PACKET, 3, 9, '03 00010203040506'], 'too-many-packets'],
    ['the receiver has packets that were not heard', [CONTROL, 9, 3, '11 01 02 FFFF ECFE00'], 'sequence-gap'],
    ['the receiver asks for a packet beyond the last', [CONTROL, 9, 3, '11 01 03 FFFF ECFE00'], 'too-many-packets'],
    ['the receiver asks for a packet 0', [CONTROL, 9, 3, '11 01 00 FFFF ECFE00'], 'too-many-packets'],
    ['the acknowledgement speaks of another size', [CONTROL, 9, 3, '13 0B00 02 FF ECFE00'], 'bad-transfer-size'],
    ['the acknowledgement comes before all packets', [CONTROL, 9, 3, END], 'transfer-incomplete'],
  ] as const)('is not told when %s', (_, [pgn, source, destination, hex], reason) => {
    const bus = opened();
    if (reason === 'too-many-packets' && pgn === PACKET) bus.say(PACKET, 3, 9, FIRST, SECOND);
    bus.say(pgn, source, destination, hex).tick(9000);
    expect([bus.heard(), bus.rejections()]).toEqual([[], { [reason]: 1 }]);
  });
});

describe('what is no transfer', () => {
  it.each([
    ['eight bytes', '20 0800 02 FF ECFE00', 'bad-transfer-size'],
    ['1,786 bytes', '20 FA06 FF FF ECFE00', 'bad-transfer-size'],
    ['a packet too few', '20 0A00 01 FF ECFE00', 'bad-packet-count'],
    ['a packet too many', '20 0A00 03 FF ECFE00', 'bad-packet-count'],
    ['a number of more than 18 bits', '20 0A00 02 FF ECFE04', 'bad-transfer-pgn'],
    ['an unknown control byte', '21 0A00 02 FF ECFE00', 'unknown-control'],
    ['seven bytes', '20 0A00 02 FF ECFE', 'short-control'],
    ['no bytes', '', 'short-control'],
  ])('is refused and counted: %s', (_, hex, reason) => {
    const bus = openBus().say(CONTROL, 3, 255, hex).say(PACKET, 3, 255, FIRST, SECOND);
    expect(bus.heard()).toEqual([]);
    expect(bus.rejections()).toEqual({ [reason]: 1, 'packet-without-transfer': 2 });
  });

  it.each([
    ['an announcement to one', 3, 9, BAM],
    ['a request to all', 3, 255, RTS],
    ['from the null address', 254, 255, BAM],
    ['from the address of all', 255, 9, RTS],
    ['to the null address', 3, 254, RTS],
  ])('is refused for its addresses: %s', (_, source, destination, hex) => {
    expect(openBus().say(CONTROL, source, destination, hex).rejections()).toEqual({ 'bad-transfer-address': 1 });
  });

  it('ends what was before, since its sender has left it', () => {
    const bus = openBus()
      .say(CONTROL, 3, 255, BAM)
      .say(PACKET, 3, 255, FIRST)
      .say(CONTROL, 3, 255, '20 0A00 03 FF ECFE00');
    expect(bus.say(PACKET, 3, 255, SECOND).heard()).toEqual([]);
  });
});

it('counts transfers of the extended protocol, which it does not put together', () => {
  const bus = openBus()
    .say(51200, 3, 9, '14 00100000 ECFE00')
    .say(51200, 9, 3, '15 FF 010000 ECFE00')
    .say(50944, 3, 9, FIRST);
  expect([bus.heard(), bus.rejections()]).toEqual([[], { 'extended-transfer': 1 }]);
});

it('takes the longest message, in packets asked for sixteen at a time', () => {
  const data = Uint8Array.from({ length: 1785 }, (_, index) => index * 7);
  const message = { priority: 6, pgn: 0xef00, source: 1, destination: 2, data };
  expect(openBus().send(segmentTransfer(message)).heard()).toEqual([
    `rtsCts 1>2 ${0xef00} ${Buffer.from(data).toString('hex')}`,
  ]);
});

it('keeps a bounded number of transfers, and has room again when they time out', () => {
  const bus = openBus();
  for (let index = 0; index < MAX_TRANSFERS + 3; index++) bus.say(CONTROL, index >> 7, index & 127, RTS);
  expect(bus.rejections()).toEqual({ 'too-many-transfers': 3 });
  bus.at(2000).say(CONTROL, 99, 99, RTS);
  expect(bus.rejections()).toEqual({ 'too-many-transfers': 3, 'transfer-timeout': MAX_TRANSFERS });
});

it('drops the destination that some write into the number of a PDU1', () => {
  const control = encodeTransportControl({ kind: 'bam', pgn: 0xef09, sizeBytes: 10, packetCount: 2 });
  const bus = openBus().say(CONTROL, 3, 255, Buffer.from(control).toString('hex')).say(PACKET, 3, 255, FIRST, SECOND);
  expect(bus.heard()).toEqual([`bam 3>255 ${0xef00} ${CONTENT}`]);
});
