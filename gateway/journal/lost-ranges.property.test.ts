import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Epoch } from '#gateway/model/message.ts';
import type { LossReason, LostRange } from './journal.ts';
import { MAX_LOSS_RANGES } from './limits.ts';
import { clippedTo, type LostRanges, newlyLost, withLost } from './lost-ranges.ts';

// A brand is only a type: any 16 hex digits will do here.
const EPOCH = '00000000000000aa' as Epoch;

function lost(from: number, to: number, reason: LossReason = 'quota'): LostRange {
  return { from, to, epoch: EPOCH, reason };
}

function addAll(ranges: LostRanges): LostRanges {
  return ranges.reduce<LostRanges>((known, range) => withLost(known, newlyLost(known, range)), []);
}

describe('a list of losses', () => {
  it('holds each sequence once, in order, for the reason that it was lost for first [J9]', () => {
    const range = fc
      .tuple(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom('quota', 'damaged', 'age'),
      )
      .map(([from, length, reason]) => lost(from, from + length, reason as LossReason));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 20 }), (ranges) => {
        const reasons = new Map<number, string>();
        for (const { from, to, reason } of ranges) {
          for (let sequence = from; sequence <= to; sequence++) {
            if (!reasons.has(sequence)) reasons.set(sequence, reason);
          }
        }
        const list = addAll(ranges);
        const listed = list.flatMap(({ from, to, reason }) =>
          Array.from({ length: to - from + 1 }, (_, index) => [from + index, reason] as const),
        );
        expect(listed).toEqual([...reasons].toSorted(([a], [b]) => a - b));
        expect(
          list.some(
            (each, index) =>
              index > 0 && list[index - 1]?.reason === each.reason && list[index - 1]?.to === each.from - 1,
          ),
        ).toBe(false);
      }),
    );
  });

  it('is bounded: the two oldest become one, and nothing lost is forgotten [J8]', () => {
    const ranges = Array.from({ length: 3 * MAX_LOSS_RANGES }, (_, index) => lost(10 * index + 1, 10 * index + 2));
    const list = addAll(ranges);
    expect(list).toHaveLength(MAX_LOSS_RANGES);
    expect(list[0]).toEqual(lost(1, 20 * MAX_LOSS_RANGES + 2));
    expect(list.at(-1)).toEqual(ranges.at(-1));
  });

  it('is cut to what a reader has passed', () => {
    const list = [lost(1, 10), lost(11, 20, 'damaged'), lost(30, 40)];
    expect(clippedTo(list, 5, 12)).toEqual([lost(5, 10), lost(11, 12, 'damaged')]);
    expect(clippedTo(list, 21, 29)).toEqual([]);
  });
});
