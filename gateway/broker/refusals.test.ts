import { expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { LOG_INTERVAL_MS, MAX_LOG_LINES, MAX_QUOTED_CHARS, quote, Refusals } from './refusals.ts';

it('counts every refusal and logs each reason once per client and minute', async () => {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  const refusals = new Refusals(clock, logger);
  const refuse = (client: string) =>
    refusals.note({ reason: 'badMessage', client, code: 'broker.badMessage', text: 'published nonsense' }, { qos: 2 });
  refuse('a');
  refuse('a');
  refuse('b');
  refusals.note({ reason: 'badLogin', client: 'a', text: 'wrong password' });
  expect(refusals.counts).toEqual({ badMessage: 3, badLogin: 1 });
  expect(logger.lines.map(({ fields }) => `${fields['client']} ${fields['reason']}`)).toEqual([
    'a badMessage',
    'b badMessage',
    'a badLogin',
  ]);
  expect(logger.lines[0]).toEqual({
    level: 'warn',
    fields: { client: 'a', reason: 'badMessage', code: 'broker.badMessage', qos: 2 },
    text: 'published nonsense',
  });
  await clock.advance(LOG_INTERVAL_MS);
  refuse('a');
  expect(logger.lines).toHaveLength(4);
});

it('writes a bounded number of lines a minute whoever is refused, and then how many it left out [P3]', async () => {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  using refusals = new Refusals(clock, logger);
  const refuse = (client: string) => refusals.note({ reason: 'badLogin', client, text: 'wrong password' });
  for (let index = 0; index < MAX_LOG_LINES + 1000; index++) refuse(`c${index}`);
  expect([logger.lines.length, refusals.counts]).toEqual([MAX_LOG_LINES, { badLogin: MAX_LOG_LINES + 1000 }]);
  await clock.advance(LOG_INTERVAL_MS);
  expect(logger.lines.slice(MAX_LOG_LINES)).toEqual([
    { level: 'warn', fields: { suppressedCount: 1000 }, text: 'suppressed 1000 refusals in the last minute' },
  ]);
  expect(clock.timerCount).toBe(0);
  refuse('c0');
  expect(logger.lines).toHaveLength(MAX_LOG_LINES + 2);
});

it('shows the first 64 characters of what a client chose', () => {
  const logger = new MemoryLogger();
  using refusals = new Refusals(new FakeClock(), logger);
  const long = 'x'.repeat(60_000);
  const shown = `${'x'.repeat(MAX_QUOTED_CHARS)}…`;
  refusals.note({ reason: 'badLogin', client: long, text: `no ${quote(long)}` }, { user: long, qos: 1 });
  expect(logger.lines).toMatchObject([{ fields: { client: shown, user: shown, qos: 1 }, text: `no "${shown}"` }]);
});
