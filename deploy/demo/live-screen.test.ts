import { expect, it } from 'vitest';
import { LiveScreen } from './live-screen.ts';

/** Goes up a row, and erases it. */
const UP = '\x1b[1A\x1b[2K';

/** A screen and everything written to its terminal, write by write. */
function openScreen() {
  const writes: string[] = [];
  const terminal = { columns: 80 };
  const screen = new LiveScreen(
    (text) => writes.push(text),
    () => terminal.columns,
  );
  return { screen, terminal, writes };
}

it('redraws a block in place', () => {
  const { screen, writes } = openScreen();
  screen.draw(['a', 'b']);
  screen.draw(['c', 'd', 'e']);
  expect(writes).toEqual(['a\nb\n', `${UP}${UP}c\nd\ne\n`]);
});

it('stays quiet while nothing changes', () => {
  const { screen, writes } = openScreen();
  screen.draw(['a']);
  screen.draw(['a']);
  expect(writes).toHaveLength(1);
});

it('prints notes above the block', () => {
  const { screen, writes } = openScreen();
  screen.note('first');
  screen.draw(['a']);
  screen.note('second');
  expect(writes).toEqual(['first\n', 'a\n', `${UP}second\na\n`]);
});

it('leaves nothing of the block behind when it is over', () => {
  const { screen, writes } = openScreen();
  screen.draw(['a']);
  screen.draw([]);
  screen.note('end');
  expect(writes.slice(1)).toEqual([UP, 'end\n']);
});

it('wraps notes at words and between figures', () => {
  const { screen, terminal, writes } = openScreen();
  terminal.columns = 10;
  screen.note('one two three\n  four five\nmade 12 · missing 0');
  expect(writes).toEqual(['one two\nthree\n  four\n  five\nmade 12\nmissing 0\n']);
});

it('clears every row that a narrower terminal has made of the block', () => {
  const { screen, terminal, writes } = openScreen();
  screen.draw(['\x1b[2mabcdefghij\x1b[0m', '', 'ab']);
  terminal.columns = 4;
  screen.draw(['cd']);
  expect(writes.at(-1)).toBe(`${UP.repeat(5)}cd\n`);
});

it('begins again after a resize, with the newest notes in the new width', () => {
  const { screen, terminal, writes } = openScreen();
  for (let count = 1; count <= 10; count++) screen.note(`note ${count}`);
  screen.draw(['a']);
  terminal.columns = 6;
  screen.repaint();
  const kept = [3, 4, 5, 6, 7, 8, 9].map((count) => `note ${count}\n`).join('');
  expect(writes.at(-1)?.split(UP).at(-1)).toBe(`${kept}note\n10\n`);
  screen.draw(['a']);
  expect(writes.at(-1)).toBe('a\n');
});
