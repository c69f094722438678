import { expect, it } from 'vitest';
import { MAX_RETRY_AFTER_MS } from '#gateway/sinks/delivery/give-up.ts';
import { parseRetryAfter } from './retry-after.ts';

const DATE = 'Fri, 20 Nov 2026 15:04:05 GMT';

it.each([
  ['7', undefined, 7000],
  ['0', undefined, 0],
  ['999999999', undefined, MAX_RETRY_AFTER_MS],
  ['Fri, 20 Nov 2026 15:05:05 GMT', DATE, 60_000],
  ['Fri, 20 Nov 2026 15:00:00 GMT', DATE, 0],
  ['Fri, 20 Nov 2026 15:05:05 GMT', undefined, undefined],
  ['Fri, 20 Nov 2026 15:05:05 GMT', 'today', undefined],
  ['soon', DATE, undefined],
  ['-1', undefined, undefined],
  ['', DATE, undefined],
  [undefined, DATE, undefined],
])('%j in an answer of %j asks for %j ms [RFC 9110 10.2.3]', (retryAfter, date, delayMs) => {
  expect(parseRetryAfter(retryAfter, date)).toBe(delayMs);
});
