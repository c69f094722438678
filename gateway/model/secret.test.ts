import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Secret } from './secret.ts';

const secret = new Secret('hunter2');

it.each([
  ['a template', `${secret}`],
  ['a concatenation', `password: ${String(secret)}`],
  ['JSON', JSON.stringify({ deep: { secret } })],
  ['inspect', inspect({ deep: [secret] }, { depth: 9, showHidden: true })],
  ['its enumerable keys', JSON.stringify({ ...secret })],
])('never shows in %s', (_where, text) => {
  expect(text).not.toContain('hunter2');
});

it('names its place', () => {
  expect(inspect({ password: secret })).toBe('{ password: [secret] }');
});

it('reveals the text to who asks for it', () => {
  expect(secret.reveal()).toBe('hunter2');
});
