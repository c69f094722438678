import { expect, it } from 'vitest';
import { conditionOf, initialSelection, type SelectionState, stepSelection } from './position-selection.ts';

const RULES = { fallbackAfterMs: 5000, returnAfterMs: 30_000 };

/** One second after the other: a letter for each receiver, `v` valid, `x` invalid, `-` silent. Answers with who was passed on: `.` nobody. */
function play(...receivers: readonly string[]): string {
  let state: SelectionState = initialSelection(receivers.length, 0);
  const seconds = Array.from({ length: Math.max(...receivers.map(({ length }) => length)) }, (_, second) => second);
  return seconds
    .map((second) => {
      let passed = '.';
      for (const [receiver, timeline] of receivers.entries()) {
        const said = timeline[second] ?? '-';
        const heard = said === '-' ? undefined : { receiver, isValid: said === 'v' };
        const [next, isPassed] = stepSelection(state, second * 1000, heard, RULES);
        state = next;
        if (isPassed) passed = String(receiver);
      }
      return passed;
    })
    .join('');
}

const v = (count: number) => 'v'.repeat(count);
const x = (count: number) => 'x'.repeat(count);
const silent = (count: number) => '-'.repeat(count);

it('prefers the first, though another speaks earlier', () => {
  expect(play(`--${v(5)}`, v(7))).toBe('..00000');
});

it('waits for the first as long as for one that fell silent', () => {
  expect(play(silent(10), v(10))).toBe('.....11111');
});

it('leaves one that says invalid at once, and passes on nothing of it', () => {
  expect(play(`vvv${x(4)}`, v(7))).toBe('0001111');
});

it('leaves one that falls silent after five seconds', () => {
  expect(play(`vvv${silent(9)}`, v(12))).toBe('000....11111');
});

it('comes back after thirty seconds without a break, not before', () => {
  expect(play(`vx${v(40)}`, v(42))).toBe(`0${'1'.repeat(31)}${'0'.repeat(10)}`);
  expect(play(`vx${v(29)}x${v(40)}`, v(72))).toBe(`0${'1'.repeat(61)}${'0'.repeat(10)}`);
  expect(play(`vx${v(20)}${silent(5)}${v(40)}`, v(67))).toBe(`0${'1'.repeat(56)}${'0'.repeat(10)}`);
});

it('goes to one that is valid at once when none was', () => {
  expect(play(`${x(10)}vvv`, x(13))).toBe('0'.repeat(13));
  expect(play(x(13), `${x(10)}vvv`)).toBe(`${'0'.repeat(10)}111`);
  expect(play(`v${x(3)}vvv`, `vv${x(5)}`)).toBe('0111000');
});

it('stays with an invalid one as long as it is heard, and takes one that is heard before a silent one', () => {
  expect(play(`${x(4)}${silent(8)}`, x(12))).toBe('0000....1111');
});

it('takes the best of three, and climbs step by step', () => {
  expect(play(x(6), `vvx${v(3)}`, v(6))).toBe('112222');
  expect(play(`x${v(45)}`, `xx${v(44)}`, v(46))).toBe(`${'2'.repeat(31)}${'0'.repeat(15)}`);
});

it('says what each is worth', () => {
  let state = initialSelection(2, 0);
  [state] = stepSelection(state, 1000, { receiver: 1, isValid: true }, RULES);
  const conditions = (nowMs: number) => [0, 1, 2].map((receiver) => conditionOf(state, receiver, nowMs, RULES));
  expect(conditions(1000)).toEqual(['valid', 'valid', 'silent']);
  expect(conditions(5999)).toEqual(['silent', 'valid', 'silent']);
  expect(conditions(6000)).toEqual(['silent', 'silent', 'silent']);
});
