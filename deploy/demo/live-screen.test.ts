import { expect, it } from 'vitest';
import { LiveScreen } from './live-screen.ts';

/** A screen and everything written to its terminal, write by write. */
function openScreen() {
  const writes: string[] = [];
  return { screen: new LiveScreen((text) => writes.push(text)), writes };
}

it('redraws a block in place', () => {
  const { screen, writes } = openScreen();
  screen.draw(['a', 'b']);
  screen.draw(['c', 'd', 'e']);
  expect(writes).toEqual(['a\nb\n', '\x1b[2A\r\x1b[Jc\nd\ne\n']);
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
  expect(writes).toEqual(['first\n', 'a\n', '\x1b[1A\r\x1b[Jsecond\na\n']);
});

it('leaves nothing of the block behind when it is over', () => {
  const { screen, writes } = openScreen();
  screen.draw(['a']);
  screen.draw([]);
  screen.note('end');
  expect(writes.slice(1)).toEqual(['\x1b[1A\r\x1b[J', 'end\n']);
});
