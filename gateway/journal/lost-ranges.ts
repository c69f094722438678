import type { LostRange } from './journal.ts';
import { MAX_LOSS_RANGES } from './limits.ts';

/**
 * Lists of losses are in order and do not overlap; touching ranges of one epoch and reason are one. What was lost first was lost
 * for its reason: a range that is added takes only what none has taken.
 */
export type LostRanges = readonly LostRange[];

/** The parts of `range` that are in none of `known`. */
export function newlyLost(known: LostRanges, range: LostRange): LostRanges {
  const parts: LostRange[] = [];
  let { from } = range;
  for (const other of overlapping(known, range.from, range.to)) {
    if (other.from > from) parts.push({ ...range, from, to: other.from - 1 });
    from = other.to + 1;
  }
  if (from <= range.to) parts.push({ ...range, from });
  return parts;
}

/** Adds what {@link newlyLost} found. Beyond {@link MAX_LOSS_RANGES} the two oldest become one, with what lies between. */
export function withLost(known: LostRanges, parts: LostRanges): LostRanges {
  const merged: LostRange[] = [];
  for (const range of [...known, ...parts].toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last?.to === range.from - 1 && last.reason === range.reason && last.epoch === range.epoch) {
      merged[merged.length - 1] = { ...last, to: range.to };
    } else merged.push(range);
  }
  for (let [oldest, next] = merged; merged.length > MAX_LOSS_RANGES && oldest && next; [oldest, next] = merged) {
    merged.splice(0, 2, { ...next, from: oldest.from });
  }
  return merged;
}

/** What is known of the losses from `from` to `to`, cut to these. */
export function clippedTo(known: LostRanges, from: number, to: number): LostRanges {
  return overlapping(known, from, to).map((range) => ({
    ...range,
    from: Math.max(range.from, from),
    to: Math.min(range.to, to),
  }));
}

function overlapping(known: LostRanges, from: number, to: number): LostRanges {
  return known.filter((range) => range.to >= from && range.from <= to);
}
