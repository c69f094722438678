import { expect, it } from 'vitest';
import { lastError } from './last-error.ts';

it('finds the last error with its remedy', () => {
  const log = ['{"level":"info"}', 'error: first', 'remedy: a', 'error: no DBC', '  line 1', 'remedy: b'];
  expect(lastError(log)).toEqual(['error: no DBC', '  line 1', 'remedy: b']);
});

it('gives everything when no error is named', () => {
  expect(lastError(['Killed', 'core dumped'])).toEqual(['Killed', 'core dumped']);
});
