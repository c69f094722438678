import { describe, expect, it } from 'vitest';
import { type IsoTpMessage, IsoTpReassembler, MAX_TRANSFERS } from './iso-tp-reassembler.ts';
import { segmentIsoTp } from './segment-iso-tp.ts';

function listen(maxMessageBytes?: number) {
  const messages: IsoTpMessage[] = [];
  const reassembler = new IsoTpReassembler((message) => messages.push(message), maxMessageBytes);
  let nowMs = 0;
  return {
    reassembler,
    get nowMs() {
      return nowMs;
    },
    hear(id: number, hex: string, afterMs = 1) {
      nowMs += afterMs;
      const data = Buffer.from(hex.replaceAll(' ', ''), 'hex');
      reassembler.take({ id, isExtended: id > 0x7ff, isRemote: false, data }, nowMs);
    },
    hexes: () => messages.map(({ id, payload }) => `${id.toString(16)} ${Buffer.from(payload).toString('hex')}`),
    counts: () => Object.fromEntries(Object.entries(reassembler.rejections).filter(([, count]) => count > 0)),
  };
}

const FIRST = '10 0a 01 02 03 04 05 06';
const SECOND = '21 07 08 09 0a 55 55 55';
const WHOLE = '7e8 0102030405060708090a';

describe('IsoTpReassembler', () => {
  it.each(['00', '55', 'aa', 'cc', 'ff'])('leaves padding of %s out [ISO 15765-2, 10.4.2]', (padding) => {
    const bus = listen();
    bus.hear(0x7e8, `03 41 0d 32 ${`${padding} `.repeat(4)}`);
    bus.hear(0x7e8, FIRST);
    bus.hear(0x7e8, `21 07 08 09 0a ${`${padding} `.repeat(3)}`);
    expect(bus.hexes()).toEqual(['7e8 410d32', WHOLE]);
  });

  it('follows several control units at once, with 11 and 29 bits', () => {
    const bus = listen();
    for (const id of [0x7e8, 0x7ef, 0x18daf110, 0x18daf1ee]) bus.hear(id, FIRST);
    for (const id of [0x18daf1ee, 0x7e8, 0x18daf110, 0x7ef]) bus.hear(id, SECOND);
    expect(bus.hexes()).toEqual(['18daf1ee', '7e8', '18daf110', '7ef'].map((id) => `${id} 0102030405060708090a`));
    expect(bus.counts()).toEqual({});
  });

  it('counts sequences on from 15 to 0', () => {
    const payload = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff);
    const bus = listen();
    for (const data of segmentIsoTp(payload)) bus.hear(0x7e8, Buffer.from(data).toString('hex'));
    expect(bus.hexes()).toEqual([`7e8 ${Buffer.from(payload).toString('hex')}`]);
  });

  it('takes the long forms: a 32-bit length, and single frames of CAN FD', () => {
    const bus = listen(5000);
    const payload = new Uint8Array(4096).fill(7);
    for (const data of segmentIsoTp(payload, { frameBytes: 64 })) bus.hear(0x7e8, Buffer.from(data).toString('hex'));
    bus.hear(0x7e8, '00 0a 01 02 03 04 05 06 07 08 09 0a');
    expect(bus.hexes()).toEqual([`7e8 ${'07'.repeat(4096)}`, WHOLE]);
  });

  it('heeds flow control: blocks, patience, refusal', () => {
    const bus = listen();
    const payload = Uint8Array.from({ length: 34 }, (_, index) => index);
    const [first = '', ...rest] = segmentIsoTp(payload).map((data) => Buffer.from(data).toString('hex'));
    bus.hear(0x7e8, first);
    bus.hear(0x7e0, '31 00 00', 900);
    bus.hear(0x7e0, '30 02 0a', 900);
    bus.hear(0x7e8, rest[0] ?? '', 900);
    bus.hear(0x7e8, rest[1] ?? '');
    bus.hear(0x7e0, '30 00 00');
    bus.hear(0x7e8, rest[2] ?? '');
    bus.hear(0x7e8, rest[3] ?? '');
    expect(bus.hexes()).toHaveLength(1);
    bus.hear(0x18daf110, FIRST);
    bus.hear(0x18da10f1, '32 00 00');
    bus.hear(0x18daf110, SECOND);
    expect(bus.counts()).toEqual({ overflow: 1, 'unexpected-consecutive': 1 });
  });

  it.each<[why: string, frames: readonly (readonly [hex: string, afterMs?: number, id?: number])[], counts: object]>([
    ['no data', [['']], { 'bad-type': 1 }],
    ['a type that is reserved', [['40 01']], { 'bad-type': 1 }],
    ['a flow control that is reserved', [['33 00 00']], { 'bad-type': 1 }],
    ['a flow control that is cut', [['30 00']], { 'bad-type': 1 }],
    ['a single frame of nothing', [['00 01 02']], { 'bad-length': 1 }],
    ['a single frame of more than seven', [['08 01 02 03 04 05 06 07']], { 'bad-length': 1 }],
    ['a single frame that is cut', [['03 41 0d']], { 'short-frame': 1 }],
    ['a long frame with a short length', [['07 01 02 03 04 05 06 07 08 09 0a 0b']], { 'bad-length': 1 }],
    ['a first frame that is cut', [['10 0a 01 02 03']], { 'short-frame': 1 }],
    ['a first frame that a single one would hold', [['10 07 01 02 03 04 05 06']], { 'bad-length': 1 }],
    ['a 32-bit length that is not needed', [['10 00 00 00 00 0a 01 02']], { 'bad-length': 1 }],
    ['a length of four gigabytes', [['10 00 ff ff ff ff 01 02']], { 'too-long': 1 }],
    ['a length with its highest byte', [['10 00 01 00 10 00 01 02']], { 'too-long': 1 }],
    ['an end without a beginning', [[SECOND]], { 'unexpected-consecutive': 1 }],
    ['a gap', [[FIRST], ['22 07 08 09 0a 00 00 00']], { 'wrong-sequence': 1 }],
    ['a last frame that is cut', [[FIRST], ['21 07 08 09']], { 'short-frame': 1 }],
    ['an end that comes too late', [[FIRST], [SECOND, 1001]], { timeout: 1 }],
    [
      'a receiver that speaks within a block',
      [
        ['10 14 01 02 03 04 05 06'],
        ['30 00 00', 1, 0x7e0],
        ['21 07 08 09 0a 0b 0c 0d'],
        ['30 00 00', 1, 0x7e0],
        ['22 0e 0f 10 11 12 13 14'],
      ],
      { 'unexpected-control': 1, 'unexpected-consecutive': 1 },
    ],
  ])('gives nothing for %s', (_, frames, counts) => {
    const bus = listen(4096);
    for (const [hex, afterMs, id = 0x7e8] of frames) bus.hear(id, hex, afterMs);
    bus.reassembler.flush();
    expect(bus.hexes()).toEqual([]);
    expect(bus.counts()).toEqual(counts);
  });

  it('waits a second for each frame anew, and for patience as well [ISO 15765-2, table 16]', () => {
    const bus = listen();
    const frames = segmentIsoTp(Uint8Array.from({ length: 27 }, (_, index) => index));
    const [first = '', ...rest] = frames.map((data) => Buffer.from(data).toString('hex'));
    bus.hear(0x7e8, first);
    for (const hex of rest) bus.hear(0x7e8, hex, 900);
    expect(bus.hexes()).toHaveLength(1);
    bus.hear(0x7e8, FIRST);
    const begunMs = bus.nowMs;
    bus.hear(0x7e0, '31 00 00', 900);
    bus.reassembler.tick(begunMs + 1899);
    expect(bus.reassembler.openCount).toBe(1);
    bus.reassembler.tick(begunMs + 1900);
    expect(bus.reassembler.openCount).toBe(0);
    expect(bus.counts()).toEqual({ timeout: 1 });
  });

  it('passes over a frame that came twice', () => {
    const bus = listen();
    bus.hear(0x7e8, '10 10 01 02 03 04 05 06');
    bus.hear(0x7e8, '21 07 08 09 0a 0b 0c 0d');
    bus.hear(0x7e8, '21 07 08 09 0a 0b 0c 0d');
    bus.hear(0x7e8, '22 0e 0f 10');
    expect(bus.hexes()).toEqual(['7e8 0102030405060708090a0b0c0d0e0f10']);
    expect(bus.counts()).toEqual({ 'repeated-frame': 1 });
  });

  it('gives a message up for the next one of the same control unit', () => {
    const bus = listen();
    bus.hear(0x7e8, '10 14 ff ff ff ff ff ff');
    bus.hear(0x7e8, FIRST);
    bus.hear(0x7e8, SECOND);
    bus.hear(0x7e8, FIRST);
    bus.hear(0x7e8, '01 44');
    expect(bus.hexes()).toEqual([WHOLE, '7e8 44']);
    expect(bus.counts()).toEqual({ replaced: 2 });
  });

  it('follows a bounded number of senders', () => {
    const bus = listen();
    for (let index = 0; index < MAX_TRANSFERS + 10; index++) bus.hear(0x18daf100 + index, FIRST);
    expect(bus.reassembler.openCount).toBe(MAX_TRANSFERS);
    expect(bus.counts()).toEqual({ 'too-many': 10 });
  });
});
