import { expect, it } from 'vitest';
import { MAX_TEXT_LENGTH, parseChildMessage } from './child-message.ts';

it.each([
  [{ kind: 'heartbeat', rssBytes: 5 }],
  [{ kind: 'flowsStarted' }],
  [{ kind: 'flowsHeld', reason: 'safe-mode' }],
  [{ kind: 'log', level: 'warn', text: 'careful', node: 'function:f' }],
])('reads %j', (message) => {
  expect(parseChildMessage(message)).toEqual(message);
});

it.each([
  ['nothing', undefined],
  ['text', 'heartbeat'],
  ['another kind', { kind: 'stop' }],
  ['a heartbeat without a number', { kind: 'heartbeat', rssBytes: '5' }],
  ['a heartbeat that is not a number', { kind: 'heartbeat', rssBytes: Number.NaN }],
  ['a level that would call something else', { kind: 'log', level: 'child', text: 'x' }],
  ['a line without text', { kind: 'log', level: 'warn', text: {} }],
  ['flows held for no reason', { kind: 'flowsHeld' }],
])('ignores %s: a rule can send what it likes', (_, value) => {
  expect(parseChildMessage(value)).toBeUndefined();
});

it('cuts what is too long for a line of the log [P3]', () => {
  const message = parseChildMessage({ kind: 'log', level: 'info', text: 'x'.repeat(1_000_000) });
  expect(message).toMatchObject({ text: `${'x'.repeat(MAX_TEXT_LENGTH)}…` });
});
