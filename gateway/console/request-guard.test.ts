import { expect, it } from 'vitest';
import { isOwnHost, isOwnPage } from './request-guard.ts';

it.each(['localhost', 'LOCALHOST:8080', '127.0.0.1:8080', '127.1.2.3', '[::1]:8080', '[::1]'])(
  'answers to %s',
  (host) => {
    expect(isOwnHost(host)).toBe(true);
  },
);

it.each([
  undefined,
  '',
  'evil.example',
  'evil.example:8080',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example#127.0.0.1',
  '::1',
  '[::2]:8080',
  '0.0.0.0:8080',
  '192.168.1.5',
  'localhost:8080:8080',
  'localhost:port',
])('does not answer to %s', (host) => {
  expect(isOwnHost(host)).toBe(false);
});

const host = 'localhost:8080';

it.each([
  ['its own page', { host, 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8080' }],
  ['its own page in an older browser', { host, origin: 'http://localhost:8080' }],
  [
    'its own page behind a proxy that ends TLS',
    { host, 'sec-fetch-site': 'same-origin', origin: 'https://truck.example' },
  ],
  ['a program', { host }],
])('lets %s act', (_who, headers) => {
  expect(isOwnPage(headers)).toBe(true);
});

it.each([
  ['a page elsewhere', { host, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ['another port of this machine', { host, 'sec-fetch-site': 'same-site', origin: 'http://localhost:1880' }],
  ['what was typed or bookmarked', { host, 'sec-fetch-site': 'none' }],
  ['a page elsewhere in an older browser', { host, origin: 'https://evil.example' }],
  ['another port in an older browser', { host, origin: 'http://localhost:1880' }],
  ['a page in a sandbox', { host, origin: 'null' }],
])('does not let %s act', (_who, headers) => {
  expect(isOwnPage(headers)).toBe(false);
});
