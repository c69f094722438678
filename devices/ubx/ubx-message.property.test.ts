import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UBX_CHECKSUM_BYTES, UBX_HEADER_BYTES } from './ubx-frame.ts';
import { decodeUbxMessage, encodeUbxMessage, type UbxMessage } from './ubx-message.ts';

/** Blocks of a message that has them. */
const MAX_BLOCKS = 6;

/** Frames for property tests: of every message that is understood, random bytes except where these would be refused nearly always. */
const randomPayload: fc.Arbitrary<RandomPayload> = fc.constantFrom(...frameShapes()).chain(toArbitrary);

/** Class, id and payload, as in a frame. */
interface RandomPayload {
  readonly type: UbxMessage['type'];
  readonly messageClass: number;
  readonly messageId: number;
  readonly payload: DataView;
}

interface FrameShape {
  readonly type: UbxMessage['type'];
  readonly key: number;
  readonly headerBytes: number;
  readonly blockBytes?: number;
  /** Where the number of blocks stands. */
  readonly countOffset?: number;
  /** Bytes that are not just any: offset and the values they may have. */
  readonly fixed?: Readonly<Record<number, readonly number[]>>;
}

function toArbitrary(shape: FrameShape): fc.Arbitrary<RandomPayload> {
  const { type, key, headerBytes, blockBytes = 0, countOffset, fixed = {} } = shape;
  const blockCount = blockBytes === 0 ? fc.constant(0) : fc.nat(MAX_BLOCKS);
  return blockCount.chain((count) => {
    const length = headerBytes + count * blockBytes;
    const bytes = fc.uint8Array({ minLength: length, maxLength: length });
    return fc.tuple(bytes, fc.infiniteStream(fc.nat())).map(([payload, choices]) => {
      for (const [offset, values] of Object.entries(fixed)) {
        payload[Number(offset)] = values[Number(choices.next().value) % values.length] ?? 0;
      }
      if (countOffset !== undefined) payload[countOffset] = count;
      return { type, messageClass: key >> 8, messageId: key & 0xff, payload: new DataView(payload.buffer) };
    });
  });
}

function frameShapes(): readonly FrameShape[] {
  const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const utc = (offset: number) => ({
    [offset]: range(0, 255),
    [offset + 1]: [7],
    [offset + 2]: range(1, 12),
    [offset + 3]: range(1, 28),
    [offset + 4]: range(0, 23),
    [offset + 5]: [0, 1, 58, 59],
    [offset + 6]: [0, 1, 58, 59, 60],
  });
  // High bytes of numbers that would be out of range nearly always.
  const small = [0x00, 0x1f, 0xe0, 0xff];
  const nanoseconds = [0x00, 0x3a, 0xc6, 0xff];
  const pvt = { 19: nanoseconds, 20: range(0, 6), 21: [0, 1, 3, 0x21, 0x41, 0x83], 27: small, 31: small, ...utc(4) };
  return [
    { type: 'NAV-PVT', key: 0x0107, headerBytes: 92, fixed: pvt },
    { type: 'NAV-PVT', key: 0x0107, headerBytes: 84, fixed: pvt },
    { type: 'NAV-SAT', key: 0x0135, headerBytes: 8, blockBytes: 12, countOffset: 5, fixed: { 4: [1] } },
    { type: 'NAV-DOP', key: 0x0104, headerBytes: 18 },
    { type: 'NAV-STATUS', key: 0x0103, headerBytes: 16, fixed: { 4: range(0, 6) } },
    { type: 'NAV-TIMELS', key: 0x0126, headerBytes: 24, fixed: { 4: [0] } },
    { type: 'NAV-SOL', key: 0x0106, headerBytes: 52, fixed: { 10: range(0, 6) } },
    { type: 'NAV-POSECEF', key: 0x0101, headerBytes: 20 },
    { type: 'NAV-POSLLH', key: 0x0102, headerBytes: 28, fixed: { 7: small, 11: small } },
    { type: 'NAV-VELNED', key: 0x0112, headerBytes: 36 },
    { type: 'NAV-TIMEUTC', key: 0x0121, headerBytes: 20, fixed: { 11: nanoseconds, ...utc(12) } },
    { type: 'NAV-TIMEGPS', key: 0x0120, headerBytes: 16 },
    { type: 'NAV-SVINFO', key: 0x0130, headerBytes: 8, blockBytes: 12, countOffset: 4 },
    { type: 'NAV-EOE', key: 0x0161, headerBytes: 4 },
    { type: 'ESF-STATUS', key: 0x1010, headerBytes: 16, blockBytes: 4, countOffset: 15, fixed: { 4: [2] } },
    { type: 'MON-HW', key: 0x0a09, headerBytes: 60, fixed: { 20: range(0, 5), 21: range(0, 3) } },
    { type: 'MON-HW', key: 0x0a09, headerBytes: 68, fixed: { 20: range(0, 5), 21: range(0, 3) } },
    { type: 'MON-RF', key: 0x0a38, headerBytes: 4, blockBytes: 24, countOffset: 1, fixed: { 0: [0] } },
    { type: 'MON-VER', key: 0x0a04, headerBytes: 40, blockBytes: 30 },
    { type: 'CFG-VALSET', key: 0x068a, headerBytes: 4, fixed: { 0: [0] } },
    {
      type: 'CFG-VALSET',
      key: 0x068a,
      headerBytes: 29,
      fixed: { 0: [0], 7: [0x10, 0x20], 12: [0x40, 0xc0], 20: [0x50] },
    },
    { type: 'CFG-MSG', key: 0x0601, headerBytes: 3 },
    { type: 'CFG-MSG', key: 0x0601, headerBytes: 8 },
    { type: 'CFG-RATE', key: 0x0608, headerBytes: 6, fixed: { 4: range(0, 5), 5: [0] } },
    { type: 'ACK-ACK', key: 0x0501, headerBytes: 2 },
    { type: 'ACK-NAK', key: 0x0500, headerBytes: 2 },
  ];
}

/** As a framer would hand it over. */
function decodeFrame(frame: Uint8Array) {
  const payload = new DataView(frame.buffer, UBX_HEADER_BYTES, frame.length - UBX_HEADER_BYTES - UBX_CHECKSUM_BYTES);
  return decodeUbxMessage({ messageClass: frame[2] ?? 0, messageId: frame[3] ?? 0, payload });
}

it('decodes what it encodes, whatever was said', () => {
  const seen = new Set<UbxMessage['type']>();
  fc.assert(
    fc.property(randomPayload, (random) => {
      const message = decodeUbxMessage(random);
      fc.pre(message?.isDecoded === true);
      seen.add(message.value.type);
      expect(message.value.type).toBe(random.type);
      expect(decodeFrame(encodeUbxMessage(message.value))).toEqual(message);
    }),
    { numRuns: 2000 },
  );
  expect(seen.size).toBe(22);
});

it('answers any payload with a message or a reason, never an exception [S1]', () => {
  const byte = fc.nat(255);
  const any = fc.record({
    messageClass: fc.oneof(fc.constantFrom(0x01, 0x05, 0x06, 0x0a, 0x10), byte),
    messageId: byte,
    payload: fc.uint8Array({ maxLength: 120 }).map((bytes) => new DataView(bytes.buffer)),
  });
  const cut = fc.tuple(randomPayload, fc.nat(120)).map(([random, length]) => ({
    ...random,
    payload: new DataView(random.payload.buffer, 0, Math.min(length, random.payload.byteLength)),
  }));
  fc.assert(
    fc.property(fc.oneof(any, cut), (frame) => {
      const message = decodeUbxMessage(frame);
      expect(message === undefined || message.isDecoded || message.reason.length > 0).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
