import { expect, it } from 'vitest';
import { Refusals } from '#gateway/broker/refusals.ts';
import { Session } from '#gateway/broker/sessions/session.ts';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { DROP_TALLY_MS, QueueDrops } from './queue-drops.ts';

it('notes a flood in bulk, counts every message of it, and says so at once when it begins', async () => {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  const refusals = new Refusals(clock, logger);
  let noteCount = 0;
  refusals.watch(() => noteCount++);
  const drops = new QueueDrops({ refusals, clock });
  const session = new Session({ clientId: 'slow', username: undefined, isPersistent: true }, DEFAULT_LIMITS);
  for (let count = 0; count < 10_000; count++) drops.add(session, 'full');
  expect(logger.warnings).toMatchObject([{ fields: { client: 'slow', reason: 'queueFull' }, text: 'full' }]);
  expect(noteCount).toBe(1);
  expect(refusals.counts).toEqual({ queueFull: 10_000 });
  for (let count = 0; count < 5; count++) drops.add(session, 'full');
  await clock.advance(DROP_TALLY_MS);
  expect([noteCount, refusals.counts]).toEqual([3, { queueFull: 10_005 }]);
  await clock.advance(DROP_TALLY_MS);
  drops.add(session, 'full');
  expect([noteCount, refusals.counts]).toEqual([4, { queueFull: 10_006 }]);
});
