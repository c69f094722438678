import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeJ1939Id, encodeJ1939Id, isJ1939Id, pgnOf } from './j1939-id.ts';

it.each([
  ['PDU2, engine controller 1', 0x0cf00400, { priority: 3, pgn: 61444, source: 0, destination: 255 }],
  ['PDU2 with a group extension, vehicle speed', 0x18fef100, { priority: 6, pgn: 65265, source: 0, destination: 255 }],
  ['PDU1, a request to node 0x17', 0x18ea17f9, { priority: 6, pgn: 59904, source: 0xf9, destination: 0x17 }],
  ['PDU1 to all, an address claim', 0x18eeff17, { priority: 6, pgn: 60928, source: 0x17, destination: 255 }],
  ['the last PDU1 format', 0x1cefab01, { priority: 7, pgn: 0xef00, source: 1, destination: 0xab }],
  ['data page 1', 0x19f80102, { priority: 6, pgn: 0x1f801, source: 2, destination: 255 }],
  ['both page bits', 0x1bda10f1, { priority: 6, pgn: 0x3da00, source: 0xf1, destination: 0x10 }],
])('reads %s [J1939-21 5.2]', (_, id, expected) => {
  expect(decodeJ1939Id(id)).toEqual(expected);
});

it('leaves the extended data page to other protocols', () => {
  expect([0x18fef100, 0x19f80102, 0x1afef100, 0x1bda10f1].map(isJ1939Id)).toEqual([true, true, false, false]);
});

it('writes back what it reads, for all identifiers', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x1fff_ffff }), (id) => {
      const decoded = decodeJ1939Id(id);
      expect(encodeJ1939Id(decoded)).toBe(id);
      expect(decoded.pgn).toBe(pgnOf(id));
    }),
  );
});
