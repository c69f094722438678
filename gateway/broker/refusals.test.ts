import { expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { LOG_INTERVAL_MS, MAX_LINES_PER_PLACE, MAX_LOG_LINES, MAX_QUOTED_CHARS, quote, Refusals } from './refusals.ts';

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

it('gives each device behind one address a line of its own, and whoever makes up names no more than a few [P3]', async () => {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  using refusals = new Refusals(clock, logger);
  const refuse = (client: string, device: string) =>
    refusals.note({ reason: 'badLogin', client, detail: device, text: 'wrong password' }, { clientId: device });
  for (let round = 0; round < 3; round++) for (const device of ['pump', 'tyre']) refuse('10.0.0.7', device);
  expect(logger.lines.map(({ fields }) => fields['clientId'])).toEqual(['pump', 'tyre']);
  for (let index = 0; index < 1000; index++) refuse('10.0.0.8', `made-up-${index}`);
  refuse('10.0.0.7', 'door');
  expect(logger.lines).toHaveLength(2 + MAX_LINES_PER_PLACE + 1);
  await clock.advance(LOG_INTERVAL_MS);
  refuse('10.0.0.8', 'honest');
  expect(logger.lines.at(-1)?.fields).toMatchObject({ client: '10.0.0.8', clientId: 'honest' });
});

it('says of a client that gave no id that it gave none [MQTT-3.1.3-6]', () => {
  const logger = new MemoryLogger();
  using refusals = new Refusals(new FakeClock(), logger);
  const client = 'aedes_0f7e2a52-3c7c-4a8e-9d5e-3a2b1c0d9e8f';
  refusals.note({ reason: 'queueFull', client, text: 'full' });
  expect(logger.lines[0]?.fields).toMatchObject({ client: '(no client id)' });
});
