import fc from 'fast-check';
import { expect, it } from 'vitest';
import { conditionOf, initialSelection, type SelectionState, stepSelection } from './position-selection.ts';

const RULES = { fallbackAfterMs: 5000, returnAfterMs: 7000 };
const RECEIVERS = 3;

const entry = fc.record({
  // Mostly often enough and valid: else nothing would ever be good for long.
  waitMs: fc.oneof(
    { weight: 19, arbitrary: fc.integer({ min: 200, max: 700 }) },
    { weight: 1, arbitrary: fc.nat(9000) },
  ),
  heard: fc.record({
    receiver: fc.nat(RECEIVERS - 1),
    isValid: fc.oneof({ weight: 19, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.boolean() }),
  }),
});
type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never;

interface Moment {
  readonly nowMs: number;
  readonly heard: Entry['heard'];
  readonly before: SelectionState;
  readonly after: SelectionState;
  readonly isPassed: boolean;
}

function play(entries: readonly Entry[]): readonly Moment[] {
  let nowMs = 0;
  let state = initialSelection(RECEIVERS, 0);
  return entries.map(({ waitMs, heard }) => {
    nowMs += waitMs;
    const before = state;
    const [after, isPassed] = stepSelection(state, nowMs, heard, RULES);
    state = after;
    return { nowMs, heard, before, after, isPassed };
  });
}

const timeline = fc.array(entry, { minLength: 40, maxLength: 120 }).map(play);

it('never passes on an invalid epoch while another receiver is valid, nor one of a receiver that is not current', () => {
  fc.assert(
    fc.property(timeline, (moments) => {
      for (const { nowMs, heard, after, isPassed } of moments) {
        if (isPassed) expect(after.current).toBe(heard.receiver);
        const isAnyValid = after.receivers.some((_, index) => conditionOf(after, index, nowMs, RULES) === 'valid');
        if (isPassed && isAnyValid) expect(heard.isValid).toBe(true);
      }
    }),
  );
});

it('never stays with a receiver that is worse than another', () => {
  const worth = { silent: 0, invalid: 1, valid: 2 };
  fc.assert(
    fc.property(timeline, (moments) => {
      for (const { nowMs, after } of moments) {
        const worths = after.receivers.map((_, index) => worth[conditionOf(after, index, nowMs, RULES)]);
        expect(worths[after.current]).toBe(Math.max(...worths));
      }
    }),
  );
});

it('leaves a valid receiver only for a more preferred one that was valid for long', () => {
  fc.assert(
    fc.property(timeline, (moments) => {
      for (const { nowMs, heard, before, after } of moments) {
        if (after.current === before.current) continue;
        const isLeftInvalid = heard.receiver === before.current && !heard.isValid;
        if (isLeftInvalid || conditionOf(before, before.current, nowMs, RULES) !== 'valid') continue;
        expect(after.current).toBeLessThan(before.current);
        const since = after.receivers[after.current]?.validSinceMs ?? Number.NaN;
        expect(nowMs - since).toBeGreaterThanOrEqual(RULES.returnAfterMs);
      }
    }),
  );
});

it('passes on a valid epoch as long as one receiver goes on being valid, but for the time that each silence takes', () => {
  // Those that are preferred may fall silent one after the other.
  const longestMs = (RECEIVERS - 1) * RULES.fallbackAfterMs + 1000;
  const disturbance = fc.array(entry, { maxLength: 40 });
  fc.assert(
    fc.property(disturbance, fc.nat(RECEIVERS - 1), (entries, steady) => {
      let nowMs = 0;
      let passedMs = 0;
      let state = initialSelection(RECEIVERS, 0);
      const hear = (heard: Entry['heard']) => {
        const [after, isPassed] = stepSelection(state, nowMs, heard, RULES);
        state = after;
        if (isPassed && heard.isValid) passedMs = nowMs;
      };
      for (const { waitMs, heard } of entries) {
        if (heard.receiver !== steady) hear(heard);
        for (let waitedMs = 0; waitedMs <= waitMs; waitedMs += 1000) {
          nowMs += 1000;
          hear({ receiver: steady, isValid: true });
          expect(nowMs - passedMs).toBeLessThanOrEqual(longestMs);
        }
      }
    }),
  );
});
