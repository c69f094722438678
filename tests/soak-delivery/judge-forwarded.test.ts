import { describe, expect, it } from 'vitest';
import { type Arrival, bareArrival } from './arrival.ts';
import { type Forwarding, judgeForwarded } from './judge-forwarded.ts';
import { type MemoryFilter, valuesOf } from './memory-filter.ts';

const EPOCH = '0123456789abcdef';
const TOPIC = 'sensors/red';
const MADE_COUNT = 100;
/** A publish every ten milliseconds, acknowledged one later. */
const STEP_MS = 10;
const ON_CHANGE: MemoryFilter = { topics: ['sensors/#'], kind: 'onChange' };
const DEADBAND: MemoryFilter = { topics: ['sensors/#'], kind: 'deadband', absolute: 25 };
const INTERVAL: MemoryFilter = { topics: ['sensors/#'], kind: 'minInterval', minIntervalMs: 100 };

function arrival(counter: number, prev: number, sequence = counter): Arrival {
  const payload = JSON.stringify({ client: 'red', counter, ...valuesOf(counter) });
  const place = { id: `telemetry/${EPOCH}/${sequence}`, stream: 'telemetry', epoch: EPOCH, sequence, prev };
  return { kind: 'event', connection: 0, ...place, isReplayed: false, topic: TOPIC, payload };
}

/** As one sink forwards these counters. */
function forwarded(...counters: readonly number[]): readonly Arrival[] {
  return counters.map((counter, index) => arrival(counter, counters[index - 1] ?? 0));
}

const RECORDS = Array.from({ length: MADE_COUNT }, (_, index) => arrival(index + 1, index));

function judge(came: readonly Arrival[], filter?: MemoryFilter, changes: Partial<Forwarding> = {}) {
  const red = {
    ...{ clientId: 'red', madeCount: MADE_COUNT, interruptedCounters: new Set<number>(), topicOf: () => TOPIC },
    acceptedWithin: (at: number) => ({ sentMs: at * STEP_MS, acknowledgedMs: at * STEP_MS + 1 }),
  };
  const usual = { records: RECORDS, isRejected: () => false, isLiveFirst: false, killCount: 0, hasIds: true };
  return judgeForwarded(came, { publishers: [red], filter, ...usual, ...changes });
}

describe('the verdict on what another sink forwarded', () => {
  it('is clean for all of it, whatever comes again', () => {
    expect(judge([...RECORDS, ...RECORDS.slice(-5)])).toEqual([]);
  });

  it('follows what a filter remembers, by the values of the publisher', () => {
    expect(judge(forwarded(1, 20, 40, 60, 80, 100), ON_CHANGE)).toEqual([]);
    expect(judge(forwarded(1, 17, 34, 56), DEADBAND)).toEqual([]);
  });

  it.each<readonly [string, readonly number[], MemoryFilter, string]>([
    ['a change', [1, 20, 60, 80, 100], ON_CHANGE, 'red 40 (telemetry/40, connection 0) is missing behind 20'],
    ['the first of a topic', [20, 40, 60, 80, 100], ON_CHANGE, 'red 1 (telemetry/1, connection 0) is missing'],
    ['what is long enough after', [1, 30], INTERVAL, 'red 12 (telemetry/12, connection 0) is missing behind 1'],
  ])('finds that %s is missing', (_, counters, filter, sentence) => {
    expect(judge(forwarded(...counters), filter)).toContain(sentence);
  });

  it.each<readonly [string, readonly number[], MemoryFilter]>([
    ['is unchanged', [1, 20, 30, 40, 60, 80, 100], ON_CHANGE],
    ['came too early', [1, 12, 15], INTERVAL],
  ])('finds what %s, as when a filter has forgotten', (_, counters, filter) => {
    expect(judge(forwarded(...counters), filter)).toContainEqual(
      expect.stringMatching(/came although the filter leaves/),
    );
  });

  it('lets either be where clocks cannot tell', () => {
    const counters = [1, 11, 22, 33, 44, 55, 66, 77, 88, 99];
    expect(judge(forwarded(...counters), INTERVAL)).toEqual([]);
    expect(judge(forwarded(...counters.map((at) => (at === 11 ? 12 : at))), INTERVAL)).toEqual([]);
  });

  it('wants each publisher in order where nothing has an id, and each point once', () => {
    const points = RECORDS.map(({ payload }, index) => bareArrival(TOPIC, payload, 0, `${index}`));
    expect(judge(points, undefined, { hasIds: false })).toEqual([]);
    expect(judge(points.slice(1), undefined, { hasIds: false })).toEqual([
      'red 1 (telemetry/1, connection 0) is missing',
    ]);
    const again = points.map((point) => ({ ...point, id: `again ${point.id}` })).slice(-1);
    expect(judge([...points, ...again], undefined, { hasIds: false })).toEqual(['red 100 came as 99 and again 99']);
    const [first, second, ...rest] = points;
    const swapped = [second, first, ...rest].filter((at) => at !== undefined);
    expect(judge(swapped, undefined, { hasIds: false })).toEqual([
      'red 1 (telemetry/0, connection 0) came behind 2 of red telemetry',
    ]);
  });

  it('knows what never came to the first sink', () => {
    const strange = { ...arrival(101, 100), topic: 'sensors/other' };
    expect(judge([...RECORDS, strange])).toEqual([
      'red 101 (telemetry/101, connection 0) came on sensors/other, and nowhere else',
    ]);
  });
});
