import assert from 'node:assert';
import { createRequire } from 'node:module';
import { describe, it } from 'vitest';
import { NO_RECORDER } from '#gateway/broker/durable/state-recorder.ts';
import { RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import { Sessions } from '#gateway/broker/sessions/sessions.ts';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { SessionPersistence } from './session-persistence.ts';

/** What the contract's tests use of a test of `node:test`. */
interface ContractTest {
  plan(count: number): void;
  diagnostic(text: string): void;
  readonly assert: object;
}

/** The tests that aedes-persistence ships for whoever writes a persistence. It has no declarations. */
const runContract = createRequire(import.meta.url)('aedes-persistence/abstract') as (options: {
  readonly test: (name: string, run: (test: ContractTest) => Promise<void>) => void;
  readonly persistence: () => SessionPersistence;
  readonly testAsync: boolean;
}) => void;

describe('the contract of aedes-persistence', () => {
  runContract({
    test: (name, run) => it(name, () => inContext(run)),
    persistence: () =>
      new SessionPersistence({
        sessions: new Sessions({ limits: DEFAULT_LIMITS, recorder: NO_RECORDER, clock: new FakeClock() }),
        retained: new RetainedMessages(DEFAULT_LIMITS),
        recorder: NO_RECORDER,
      }),
    testAsync: true,
  });
});

/** Runs one of them as `node:test` would, its plan included. */
async function inContext(run: (test: ContractTest) => Promise<void>): Promise<void> {
  let plannedCount: number | undefined;
  let assertedCount = 0;
  const counted = new Proxy(assert, {
    get(target, name) {
      assertedCount++;
      return Reflect.get(target, name);
    },
  });
  await run({
    plan: (count) => {
      plannedCount = count;
    },
    diagnostic: () => {},
    assert: counted,
  });
  assert.equal(assertedCount, plannedCount ?? assertedCount, 'assertions planned');
}
