import { describe, expect, it, vi } from 'vitest';
import { UNLIMITED } from '#gateway/sinks/link/allowance.ts';
import { ChaosProxy } from '#gateway/sinks/testing/chaos-proxy.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, appendCounted, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import { watchIdle } from './idle-watch.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

describe('an idle connection', () => {
  it.each([
    ['that was heard just now is left alone', { heardMs: 1000 }, 1000, { kind: 'wait', againMs: 6000 }],
    ['is asked after half of the patience', { heardMs: 1000 }, 6000, { kind: 'ask', againMs: 11_000 }],
    ['has the other half to answer', { heardMs: 1000, askedMs: 6000 }, 10_999, { kind: 'wait', againMs: 11_000 }],
    ['that did not answer is gone', { heardMs: 1000, askedMs: 6000 }, 11_000, { kind: 'gone' }],
    ['that answered is asked again later', { heardMs: 6100, askedMs: 6000 }, 11_000, { kind: 'wait', againMs: 11_100 }],
    ['is asked first, however long nobody looked', { heardMs: 1000 }, 99_000, { kind: 'ask', againMs: 104_000 }],
  ] as const)('%s', (_, state, nowMs, next) => {
    expect(watchIdle(state, nowMs, 10_000)).toEqual(next);
  });

  it('that has died is noticed within the acknowledgement deadline, not by keepalive [D4]', async () => {
    await using hub = await RawHub.open();
    await using proxy = await ChaosProxy.open(hub.port);
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    await using sink = await openTestSink(proxy.port, journal, { protocol: 5 });
    await until(() => expect(hub.pingCount).toBeGreaterThan(1));
    expect(sink.status().state).toBe('online');
    proxy.isStalled = true;
    const stalledAtMs = performance.now();
    await until(() => expect(sink.status().lastError).toMatch(/^hub.timeout: .*did not answer within 300 ms/));
    // Twice the patience is a machine under load; one and a half times the keepalive would be 45 s.
    expect(performance.now() - stalledAtMs).toBeLessThan(3000);
    proxy.isStalled = false;
    appendCounted(journal, TELEMETRY, 3);
    await until(() => expect(sink.status().acknowledgedCount).toBe(3));
  });

  it('over a metered link is not asked: that would cost more than it tells', async () => {
    await using metered = await RawHub.open();
    await using normal = await RawHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    const link = {
      id: 'sim',
      allowance: () => ({ ...UNLIMITED, mode: 'metered' as const }),
      charge: () => () => {},
      meter: () => {},
      wireShareOf: () => undefined,
      keepWireShare: () => {},
      watch: () => () => {},
    };
    await using costly = await openTestSink(metered.port, journal, { protocol: 5, link });
    await until(() => expect(costly.status().state).toBe('online'));
    await using _sink = await openTestSink(normal.port, journal, { id: 'normal', protocol: 5 });
    await until(() => expect(normal.pingCount).toBeGreaterThan(2));
    expect(metered.pingCount).toBe(0);
  });
});
