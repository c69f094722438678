import { expect, it } from 'vitest';
import { oneLine } from './one-line.ts';

it.each([
  ['as it is', 'as it is'],
  [' two\r\n\tlines ', 'two lines'],
  ['red \u001b[31m, one-byte \u009b1m', 'red [31m, one-byte 1m'],
  ['to the \u202eleft\u2069, isolated', 'to the left , isolated'],
  ['«é» 漢字 😀', '«é» 漢字 😀'],
])('makes %j one line', (text, line) => {
  expect(oneLine(text)).toBe(line);
});
