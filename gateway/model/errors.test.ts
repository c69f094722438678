import { expect, it } from 'vitest';
import { ERROR_REGISTER, InvariantError, invariant, WaystationError } from './errors.ts';

it('every code has a remedy that ends in a full stop and an exit code of the documented set', () => {
  for (const [code, entry] of Object.entries(ERROR_REGISTER)) {
    expect(code).toMatch(/^[a-zA-Z0-9]+\.[a-zA-Z0-9]+$/);
    expect(entry.remedy, code).toMatch(/\.$/);
    expect([1, 2, 69, 73, 78], code).toContain(entry.exitCode);
  }
});

it('an error answers for its code', () => {
  const error = new WaystationError('journal.full', 'append to telemetry: no space left');
  expect(error).toMatchObject({ code: 'journal.full', isRetryable: true, exitCode: 1 });
  expect(error.remedy).toContain('Free disk space');
});

it('a broken invariant is an error of its own kind', () => {
  expect(() => invariant(false, 'sequence went back')).toThrow(InvariantError);
});
