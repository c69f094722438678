import { expect, it } from 'vitest';
import { NO_RECORDER } from '#gateway/broker/durable/state-recorder.ts';
import { Refusals } from '#gateway/broker/refusals.ts';
import { RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import { Sessions } from '#gateway/broker/sessions/sessions.ts';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { Delivery } from './delivery.ts';
import { MAX_PASSING } from './session-pump.ts';

it('keeps little memory for a subscriber that acknowledges nothing, however much goes past it [B4, P3]', () => {
  const clock = new FakeClock();
  const sessions = new Sessions({ limits: DEFAULT_LIMITS, recorder: NO_RECORDER, clock: new FakeClock() });
  const retained = new RetainedMessages(DEFAULT_LIMITS);
  const refusals = new Refusals(clock, new MemoryLogger());
  const delivery = new Delivery({ sessions, retained, recorder: NO_RECORDER, refusals, clock });
  const identity = { clientId: 'mute', username: undefined, isPersistent: false };
  const claim = sessions.claim(identity, { close: () => {} });
  if (!claim.isGranted) throw new Error('refused');
  const { session } = claim;
  session.connection = { hasRoom: true, send: () => {} };
  sessions.subscribe(session, 'a', 1);
  const message = { topic: 'a', payload: Buffer.from('x'), qos: 1, isRetained: false, isDuplicate: false } as const;
  for (let count = 0; count < DEFAULT_LIMITS.maxInflight; count++) {
    delivery.deliver({ ...message, clientId: 'other' }, undefined);
    // What goes to others uses up the memory that small buffers share.
    Buffer.allocUnsafe(Buffer.poolSize / 2 - 1);
  }
  const kept = new Set([...session.outgoing].map(({ message: { payload } }) => payload.buffer));
  let keptBytes = 0;
  for (const buffer of kept) keptBytes += buffer.byteLength;
  expect(session.outgoing.inflightCount).toBe(DEFAULT_LIMITS.maxInflight);
  expect(keptBytes).toBeLessThanOrEqual(MAX_PASSING * Buffer.poolSize + DEFAULT_LIMITS.maxInflight);
});
