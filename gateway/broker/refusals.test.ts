import { expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { LOG_INTERVAL_MS, MAX_REMEMBERED_REFUSALS, Refusals } from './refusals.ts';

it('counts every refusal and logs each reason once per client and minute', async () => {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  const refusals = new Refusals(clock, logger);
  const refuse = (client: string) =>
    refusals.note({ reason: 'qos2', client, code: 'broker.qos2Unsupported', text: 'published with QoS 2' }, { qos: 2 });
  refuse('a');
  refuse('a');
  refuse('b');
  refusals.note({ reason: 'badLogin', client: 'a', text: 'wrong password' });
  expect(refusals.counts).toEqual({ qos2: 3, badLogin: 1 });
  expect(logger.lines.map(({ fields }) => `${fields['client']} ${fields['reason']}`)).toEqual([
    'a qos2',
    'b qos2',
    'a badLogin',
  ]);
  expect(logger.lines[0]).toEqual({
    level: 'warn',
    fields: { client: 'a', reason: 'qos2', code: 'broker.qos2Unsupported', qos: 2 },
    text: 'published with QoS 2',
  });
  await clock.advance(LOG_INTERVAL_MS);
  refuse('a');
  expect(logger.lines).toHaveLength(4);
});

it('remembers a bounded number of clients, and logs again rather than not at all [P3]', () => {
  const logger = new MemoryLogger();
  const refusals = new Refusals(new FakeClock(), logger);
  for (let index = 0; index <= MAX_REMEMBERED_REFUSALS; index++) {
    refusals.note({ reason: 'badLogin', client: `c${index}`, text: 'wrong password' });
  }
  refusals.note({ reason: 'badLogin', client: 'c0', text: 'wrong password' });
  expect(logger.lines).toHaveLength(MAX_REMEMBERED_REFUSALS + 2);
});
