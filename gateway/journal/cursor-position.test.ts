import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Epoch } from '#gateway/model/message.ts';
import { CURSOR_CODEC, type CursorPosition } from './cursor-position.ts';
import { MAX_CURSOR_RANGES, MAX_FILTER_STATE_BYTES } from './limits.ts';
import { LARGE_SLOT_BODY_BYTES } from './slot-file.ts';
import { WireWriter } from './wire-writer.ts';

// A brand is only a type: these are 16 hex digits.
const EPOCH = '00000000000000aa' as Epoch;
const MAX_SEQUENCE = 2 ** 52;

function roundTrip(position: CursorPosition): CursorPosition | undefined {
  return CURSOR_CODEC.decode(Buffer.from(CURSOR_CODEC.encode(position)));
}

it('keeps the most that a cursor may hold in one slot [J8 J10]', () => {
  const ranges = Array.from({ length: MAX_CURSOR_RANGES }, (_, index) => {
    const to = MAX_SEQUENCE - 2 * (MAX_CURSOR_RANGES - 1 - index);
    return { from: to, to, forwardedSequence: to };
  });
  const acknowledgedSequence = MAX_SEQUENCE - 1000;
  const filterState = Buffer.alloc(MAX_FILTER_STATE_BYTES, 1);
  const position = {
    ...{ epoch: EPOCH, acknowledgedSequence, forwardedSequence: acknowledgedSequence },
    ...{ ranges, filterState },
  };
  expect(CURSOR_CODEC.encode(position).length).toBeLessThanOrEqual(LARGE_SLOT_BODY_BYTES);
  expect(roundTrip(position)).toEqual(position);
});

describe('a body whose checksum holds', () => {
  it('may be of a version that did not keep what was forwarded in a range, or that keeps more [J13]', () => {
    const wire = new WireWriter(64);
    wire.fixed64(1, EPOCH);
    wire.uint(2, 10);
    wire.uint(3, 9);
    const start = wire.beginMessage(4, 18);
    wire.uint(1, 20);
    wire.uint(2, 29);
    wire.endMessage(start, 18);
    wire.uint(99, 1);
    expect(CURSOR_CODEC.decode(wire.message())).toEqual({
      ...{ epoch: EPOCH, acknowledgedSequence: 10, forwardedSequence: 9 },
      ranges: [{ from: 20, to: 29, forwardedSequence: 0 }],
    });
  });

  it.each([
    ['a sequence that leaves no numbers for what follows', { acknowledgedSequence: MAX_SEQUENCE + 1 }],
    ['an event forwarded beyond all sequences', { forwardedSequence: MAX_SEQUENCE + 1 }],
    ['a range that begins before the cursor', { ranges: [{ from: 10, to: 12, forwardedSequence: 12 }] }],
    ['a range that ends before it begins', { ranges: [{ from: 20, to: 12, forwardedSequence: 12 }] }],
    ['a range that forwarded what lies behind it', { ranges: [{ from: 20, to: 22, forwardedSequence: 23 }] }],
    [
      'ranges that overlap',
      {
        ranges: [
          { from: 20, to: 29, forwardedSequence: 0 },
          { from: 29, to: 30, forwardedSequence: 0 },
        ],
      },
    ],
    [
      'more ranges than a cursor holds',
      {
        ranges: Array.from({ length: MAX_CURSOR_RANGES + 1 }, (_, index) => ({
          ...{ from: 20 + 2 * index, to: 20 + 2 * index },
          forwardedSequence: 0,
        })),
      },
    ],
    ['more than a filter may remember', { filterState: Buffer.alloc(MAX_FILTER_STATE_BYTES + 1) }],
  ])('is not believed with %s [J12]', (_, fields) => {
    const sound = { epoch: EPOCH, acknowledgedSequence: 10, forwardedSequence: 10, ranges: [] };
    expect(roundTrip(sound)).toEqual(sound);
    expect(roundTrip({ ...sound, ...fields })).toBeUndefined();
  });

  it('gives a position within the bounds, or none, whatever it holds [J12]', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const position = CURSOR_CODEC.decode(Buffer.from(bytes));
        if (position !== undefined) expect(roundTrip(position)).toEqual(position);
      }),
      { numRuns: 500 },
    );
  });
});
