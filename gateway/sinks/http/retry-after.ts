import { MAX_RETRY_AFTER_MS } from '#gateway/sinks/delivery/give-up.ts';

const SECONDS = /^\d{1,9}$/;

/**
 * How long a server asks to be left alone. A date is taken against that of the same answer: the date of this host may be worth nothing.
 *
 * @param date the header `Date`
 * @returns undefined for what is neither seconds nor a date, and for a date that nothing can be compared with
 * @see RFC 9110 10.2.3
 */
export function parseRetryAfter(retryAfter: string | undefined, date: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const delayMs = SECONDS.test(retryAfter)
    ? Number(retryAfter) * 1000
    : Date.parse(retryAfter) - Date.parse(date ?? '');
  return Number.isNaN(delayMs) ? undefined : Math.min(Math.max(delayMs, 0), MAX_RETRY_AFTER_MS);
}
