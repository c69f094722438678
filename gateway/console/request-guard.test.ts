import { expect, it } from 'vitest';
import { isOwnHost } from './request-guard.ts';

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
