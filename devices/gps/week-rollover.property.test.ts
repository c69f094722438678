import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgeDate, ROLLOVER_WEEKS } from './week-rollover.ts';

const WEEK_MS = 604_800_000;
const ROLLOVER_MS = ROLLOVER_WEEKS * WEEK_MS;
const EARLIEST = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2100, 0) });

it('tells every date that has lost whole turns of the week number, and no other', () => {
  const lost = fc.integer({ min: 1, max: 2 });
  fc.assert(
    fc.property(EARLIEST, fc.integer({ min: 0, max: ROLLOVER_MS - 1 }), lost, (earliest, ageMs, turns) => {
      const truth = earliest + ageMs;
      const weeks = turns * ROLLOVER_WEEKS;
      expect(judgeDate(truth, earliest)).toEqual({ verdict: 'plausible' });
      expect(judgeDate(truth - weeks * WEEK_MS, earliest)).toEqual({
        verdict: 'rolledOver',
        correctedUnixMs: truth,
        weeks,
      });
    }),
  );
});

it('never answers with a date that could be one of another turn', () => {
  fc.assert(
    fc.property(EARLIEST, fc.double(), (earliest, unixMs) => {
      const judged = judgeDate(unixMs, earliest);
      const told = judged.verdict === 'rolledOver' ? judged.correctedUnixMs : unixMs;
      if (judged.verdict !== 'implausible') expect(told >= earliest && told < earliest + ROLLOVER_MS).toBe(true);
    }),
  );
});
