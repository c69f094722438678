import { expect, it } from 'vitest';
import { wrapFigures, wrapText } from './wrap.ts';

it('breaks lines at words, each with the indent of the first', () => {
  expect(wrapText('  one two three', 9)).toEqual(['  one two', '  three']);
  expect(wrapText('one', 9)).toEqual(['one']);
  expect(wrapText('', 9)).toEqual(['']);
});

it('leaves a word whole that no line can take, such as a path to be copied', () => {
  expect(wrapText('in /var/lib/demo now', 8)).toEqual(['in', '/var/lib/demo', 'now']);
});

it('keeps a figure with its name', () => {
  expect(wrapFigures('backlog 4 · journaled 357', 20)).toEqual(['backlog 4', 'journaled 357']);
  expect(wrapFigures('up · made gps0 12, can0 340', 15)).toEqual(['up', 'made gps0 12,', 'can0 340']);
});
