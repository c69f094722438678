import { expect, it } from 'vitest';
import { markdownTable, textTable } from './table.ts';

const ROWS = [
  ['of', 'median'],
  ['Waystation', '9'],
];

it('aligns columns, figures to the right', () => {
  expect(textTable(ROWS)).toBe('of          median\nWaystation       9');
});

it('writes the same as Markdown', () => {
  expect(markdownTable(ROWS)).toBe('| of         | median |\n| ---------- | -----: |\n| Waystation |      9 |');
});
