import { expect, it } from 'vitest';
import { formatSessions } from './format-sessions.ts';

it('shows whose session it is, for how long nobody was there, and what waits in it', () => {
  const held = { isConnected: false, subscriptionCount: 2, queuedCount: 3, queuedBytes: 2048 };
  const text = formatSessions([
    { ...held, client: 'panel', user: 'me', awaySeconds: 3700, expiresInSeconds: 29 * 86_400, oldestSeconds: 65 },
    { ...held, client: 'x\u001b[2J', isConnected: true, queuedCount: 0, queuedBytes: 0 },
  ]);
  expect(text.replaceAll(/ +\n/g, '\n')).toBe(`2 persistent sessions

session  account  away       ends in   subscriptions  queued               oldest
panel    me       1 h 1 min  29 d 0 h              2  3 messages, 2.0 KiB  1 min
x [2J    -        connected  -                     2  nothing              -
`);
  expect(formatSessions([])).toBe('0 persistent sessions\n');
});
