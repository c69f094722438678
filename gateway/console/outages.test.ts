import { describe, expect, it } from 'vitest';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import { sampleSink } from '#gateway/model/testing/sample-status.ts';
import { MAX_OUTAGES, MIN_OUTAGE_MS, type MonotonicOutage, recordOutages } from './outages.ts';

/** Plays looks at one sink, a second apart, and gives what is remembered after each. */
function play(...looks: readonly SinkStatus[]): readonly (readonly MonotonicOutage[])[] {
  let memory: Parameters<typeof recordOutages>[0] = { outages: [], sinks: new Map() };
  return looks.map((sink, second) => {
    memory = recordOutages(memory, second * 1000, [sink]);
    return memory.outages;
  });
}

const online = (acknowledgedCount: number, backlogCount = 0) => sampleSink({ acknowledgedCount, backlogCount });
const offline = (acknowledgedCount: number, backlogCount: number) =>
  sampleSink({ state: 'waiting', acknowledgedCount, backlogCount, lastError: 'hub.unreachable: no route.' });

describe('recordOutages', () => {
  it('follows an outage from its beginning to the last event kept', () => {
    const [calm, begun, lasting, back, sending, done] = play(
      online(100),
      offline(100, 10),
      offline(100, 30),
      offline(100, 50),
      online(120, 35),
      online(155, 5),
    );
    expect(calm).toEqual([]);
    expect(begun).toMatchObject([{ sink: 'hub', startedMs: 1000, keptCount: 10, sentCount: 0 }]);
    expect(lasting).toMatchObject([{ keptCount: 30, sentCount: 0 }]);
    expect(back?.[0]).not.toHaveProperty('endedMs');
    expect(sending).toMatchObject([{ startedMs: 1000, endedMs: 4000, keptCount: 50, sentCount: 20 }]);
    expect(sending?.[0]).not.toHaveProperty('drainedMs');
    expect(done).toMatchObject([{ endedMs: 4000, drainedMs: 5000, keptCount: 50, sentCount: 50 }]);
  });

  it('never counts more as sent than was kept, and nothing after that', () => {
    const looks = play(online(0), offline(0, 5), offline(0, 5), offline(0, 5), online(50), online(900));
    expect(looks.at(-1)).toMatchObject([{ keptCount: 5, sentCount: 5, drainedMs: 4000 }]);
  });

  it('counts what the filter drops as dealt with', () => {
    const filtered = sampleSink({ acknowledgedCount: 2, filteredCount: 8 });
    expect(play(online(0), offline(0, 10), offline(0, 10), offline(0, 10), filtered).at(-1)).toMatchObject([
      { sentCount: 10, drainedMs: 4000 },
    ]);
  });

  it('says why, and keeps saying so', () => {
    const looks = play(online(0), offline(0, 1), offline(0, 1), offline(0, 1), online(0, 1));
    expect(looks.at(-1)).toMatchObject([{ reason: 'hub.unreachable: no route.' }]);
  });

  it('takes the first connection of a start for what it is', () => {
    expect(MIN_OUTAGE_MS).toBeGreaterThan(1000);
    expect(play(sampleSink({ state: 'connecting' }), online(0)).at(-1)).toEqual([]);
  });

  it('holds one outage for a sink that goes through several states without its peer', () => {
    const looks = play(online(0), offline(0, 1), sampleSink({ state: 'connecting' }), sampleSink({ state: 'paused' }));
    expect(looks.at(-1)).toHaveLength(1);
  });

  it('tells a link that was shut on purpose from trouble', () => {
    const held = sampleSink({ state: 'held' });
    const connecting = sampleSink({ state: 'connecting' });
    expect(play(online(0), held, held, connecting, online(0)).at(-1)).toMatchObject([{ isHeld: true }]);
    expect(play(online(0), held, held, connecting, offline(0, 1)).at(-1)).toMatchObject([{ isHeld: false }]);
    expect(play(online(0), connecting, held, held, online(0)).at(-1)).toMatchObject([{ isHeld: false }]);
  });

  it('holds no outage for a sink that was stopped', () => {
    expect(play(online(0), sampleSink({ state: 'stopped' })).at(-1)).toEqual([]);
  });

  it('forgets the oldest when there are many', () => {
    const flapping = Array.from({ length: MAX_OUTAGES + 5 }, () => [
      offline(0, 1),
      offline(0, 1),
      offline(0, 1),
      online(0, 1),
    ]);
    const last = play(...flapping.flat()).at(-1) ?? [];
    expect(last).toHaveLength(MAX_OUTAGES);
    expect(last[0]?.startedMs).toBe(5 * 4000);
  });
});
