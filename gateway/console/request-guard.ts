import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '#gateway/model/loopback.ts';

/**
 * Whether a request is meant for this console. A page from elsewhere can make a browser believe that its own name lives at
 * 127.0.0.1 («DNS rebinding»); the Host header still tells that name.
 *
 * @param host the Host header: `localhost:8080`, `[::1]:8080`
 * @see RFC 9110 section 7.2
 */
export function isOwnHost(host: string | undefined): boolean {
  const name = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host ?? '');
  return isLoopback((name?.[1] ?? name?.[2] ?? '').toLowerCase());
}

/**
 * Whether a request that acts comes from a page of this console, or from no page at all. A browser says so itself, and no script
 * can make it say otherwise; one that does not know `Sec-Fetch-Site` sends `Origin` with every POST. Needs {@link isOwnHost}:
 * under a name that was bent to this address everything looks to be of the same origin.
 *
 * @see https://www.w3.org/TR/fetch-metadata/ and RFC 6454 section 7.3
 */
export function isOwnPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return headers.origin === undefined || headers.origin.toLowerCase() === `http://${headers.host}`.toLowerCase();
}

/** Sent with every answer: the page loads nothing from elsewhere, and nothing elsewhere shows or reads the page. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;
