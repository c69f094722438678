import { expect, it } from 'vitest';
import { parseModeCommand } from './link-methods.ts';

it.each([
  ['metered', { mode: 'metered', forMs: undefined }],
  [' auto\n', { mode: 'auto', forMs: undefined }],
  ['{"mode":"off"}', { mode: 'off', forMs: undefined }],
  ['{"mode":"off","forSeconds":7200}', { mode: 'off', forMs: 7_200_000 }],
  ['{"mode":"off","forSeconds":0}', undefined],
  ['{"mode":"off","forSeconds":"2h"}', undefined],
  ['{"mode":"off","forSeconds":1e12}', undefined],
  ['{"mode":"fast"}', undefined],
  ['"off"', undefined],
  ['{"mode":', undefined],
  ['', undefined],
  [`{"mode":"off"}${' '.repeat(2000)}`, undefined],
])('a command %j says %j', (payload, command) => {
  expect(parseModeCommand(Buffer.from(payload))).toEqual(command);
});
