import { describe, expect, it } from 'vitest';
import type { Arrival } from './arrival.ts';
import { type Circumstances, edgesOf, judgeDelivery } from './judge-delivery.ts';

const EPOCH = '0123456789abcdef';

/** `counter` of the one publisher, as event `sequence` of the stream. */
function arrival(sequence: number, connection: number, counter = sequence, prev = sequence - 1): Arrival {
  const payload = JSON.stringify({ client: 'red', counter });
  const place = { id: `telemetry/${EPOCH}/${sequence}`, stream: 'telemetry', epoch: EPOCH, sequence, prev };
  return { kind: 'event', connection, ...place, isReplayed: false, topic: 'sensors/red', payload };
}

/** Six events over two connections; the second begins with two repeats. */
const WHOLE = [...[1, 2, 3, 4].map((at) => arrival(at, 1)), ...[3, 4, 5, 6].map((at) => arrival(at, 2))];

function judge(
  arrivals: readonly Arrival[],
  changes: Partial<Circumstances> = {},
  interrupted: readonly number[] = [],
) {
  const red = {
    clientId: 'red',
    madeCount: 6,
    interruptedCounters: new Set(interrupted),
    topicOf: () => 'sensors/red',
    acceptedWithin: () => ({ sentMs: 0, acknowledgedMs: Infinity }),
  };
  const usual = { passes: () => true, streamOf: () => 'telemetry', isLiveFirst: false, isRejected: () => false };
  return judgeDelivery(arrivals, { publishers: [red], ...usual, ...changes });
}

describe('the verdict on a delivery', () => {
  it('is clean for repeats of what was not acknowledged [D1 D2]', () => {
    expect(judge(WHOLE)).toEqual([]);
    expect(edgesOf(WHOLE).map((pair) => pair.map(({ sequence }) => sequence))).toEqual([[4, 3]]);
  });

  it('names the first event after a reconnect that is missing', () => {
    const [one, two, three, four] = WHOLE;
    const arrivals = [one, two, three, four, arrival(6, 2, 6, 5)].filter((at) => at !== undefined);
    expect(judge(arrivals)).toContain(
      'red 5 is missing: it should stand between red 4 (telemetry/4, connection 1) and red 6 (telemetry/6, connection 2), where a connection ended',
    );
  });

  it('names the last event before a cut that is missing, although the chain of predecessors hides it', () => {
    const arrivals = [arrival(1, 1), arrival(2, 1), arrival(3, 1), arrival(5, 2, 5, 3), arrival(6, 2)];
    expect(judge(arrivals)).toEqual([
      'red 4 is missing: it should stand between red 3 (telemetry/3, connection 1) and red 5 (telemetry/5, connection 2), where a connection ended',
    ]);
  });

  it.each<readonly [string, readonly Arrival[], string]>([
    ['the end of all', WHOLE.slice(0, -1), 'red 6 is missing: the last to come was red 5 (telemetry/5, connection 2)'],
    [
      'one event under two ids',
      [...WHOLE, arrival(7, 2, 6)],
      `red 6 came as telemetry/${EPOCH}/6 and telemetry/${EPOCH}/7 although it was published once`,
    ],
    [
      'one id with two contents',
      [...WHOLE, { ...arrival(6, 2), topic: 'sensors/blue' }],
      'red 6 (telemetry/6, connection 2) came again with another content: {"client":"red","counter":6} for {"client":"red","counter":6}',
    ],
    ['what nobody published', [...WHOLE, arrival(7, 2, 7)], 'red 7 came and was never published'],
    [
      'an event out of order',
      [...WHOLE.slice(0, 6), arrival(6, 2, 6, 5), arrival(5, 2)],
      'red 5 (telemetry/5, connection 2) came after red 6',
    ],
    [
      'a gap within a connection',
      [arrival(1, 1), arrival(2, 1), arrival(4, 1)],
      'red 4 (telemetry/4, connection 1) follows telemetry/3 and came after red 2 (telemetry/2, connection 1)',
    ],
    [
      'a wrong predecessor',
      [...WHOLE.slice(0, 7), arrival(6, 3, 6, 4)],
      'red 6 (telemetry/6, connection 3) names 4 as its predecessor, and 5 came before it',
    ],
  ])('finds %s', (_, arrivals, sentence) => {
    expect(judge(arrivals)).toContain(sentence);
  });

  it('excuses a second id of what its publisher had to send again, and nothing else', () => {
    const arrivals = [...WHOLE, arrival(7, 2, 6)];
    expect(judge(arrivals, {}, [6])).toEqual([]);
    expect(judge(arrivals, {}, [5])).toHaveLength(1);
  });

  it('wants to be told of what the hub rejected, and of nothing else [D6 D9]', () => {
    const rejected = { ...arrival(4, 1), kind: 'rejected' } as const;
    const lost = { ...arrival(4, 2), kind: 'lost', id: `telemetry/${EPOCH}/4-4`, payload: '{}' } as const;
    const others = [1, 2, 3, 5, 6].map((at) => arrival(at, 1));
    const came = [...others.slice(0, 3), rejected, ...others.slice(3)];
    const isRejected = (payload: string) => payload.includes('"counter":4');
    expect(judge([...came, lost], { isRejected })).toEqual([]);
    expect(judge(came, { isRejected })).toEqual([
      'red 4 (telemetry/4, connection 1) was rejected, and nobody was told that it is lost',
    ]);
    expect(judge([...WHOLE, lost])).toEqual([`telemetry/${EPOCH}/4 is told to be lost, and was not rejected: {}`]);
  });

  it('lets come again what was in one send with what the hub rejected', () => {
    const rejected = { ...arrival(2, 1), kind: 'rejected' } as const;
    const lost = { ...arrival(2, 1), kind: 'lost', id: `telemetry/${EPOCH}/2-2`, payload: '{}' } as const;
    const came = [
      arrival(1, 1),
      rejected,
      arrival(3, 1),
      arrival(4, 1),
      arrival(5, 1),
      arrival(4, 1),
      arrival(6, 1),
      lost,
    ];
    expect(judge(came, { isRejected: (payload) => payload.includes('"counter":2') })).toEqual([]);
  });

  it('holds the filter of the sink to what it leaves out', () => {
    expect(judge(WHOLE, { passes: () => false })).toContain('red 1 came although the filter leaves sensors/red out');
    expect(judge([], { passes: () => false })).toEqual([]);
  });
});
