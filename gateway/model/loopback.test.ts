import { expect, it } from 'vitest';
import { isLoopback } from './loopback.ts';

it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is loopback', (host) => {
  expect(isLoopback(host)).toBe(true);
});

it.each(['0.0.0.0', '::', '127.0.0.1.example.com', '10.0.0.1', '', '127.0.0'])('%j is not', (host) => {
  expect(isLoopback(host)).toBe(false);
});
