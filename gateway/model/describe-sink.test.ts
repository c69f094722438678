import { expect, it } from 'vitest';
import { describeBackfill, describeSink } from './describe-sink.ts';
import type { LinkStatus } from './link-status.ts';
import type { StreamId } from './message.ts';
import { parseStreamId } from './names.ts';
import type { LaneStatus, SinkStatus } from './sink-status.ts';

const LINK: LinkStatus = {
  ...{ id: 'lte', mode: 'metered', modeFrom: 'schedule', state: 'open' },
  ...{ sentBytes: 0, receivedBytes: 0, connectionCount: 0 },
  day: { usedBytes: 0, maxBytes: 1000, reserveBytes: 100, basis: 'date', endsInMs: 36_000_000 },
};
const SINK: SinkStatus = {
  ...{ id: 'hub', type: 'mqtt', link: 'lte', state: 'online', lanes: [] },
  ...{ sentCount: 0, sentBytes: 0, acknowledgedCount: 0, filteredCount: 0, resentCount: 0 },
  ...{ inFlightCount: 0, connectCount: 1 },
};

const spanOf = (ms: number) => `${ms / 1000} s`;
const wordsOf = (sink: Partial<SinkStatus>, changes: Partial<LinkStatus> = {}) =>
  describeSink({ ...SINK, ...sink }, [{ ...LINK, ...changes }], spanOf);

it.each<[string, Partial<SinkStatus>, Partial<LinkStatus>, object]>([
  ['no delay', { state: 'waiting', retryInMs: 400 }, {}, { word: 'waiting', why: 'next attempt now' }],
  ['a delay', { state: 'waiting', retryInMs: 12_000 }, {}, { word: 'waiting', why: 'next attempt in 12 s' }],
  [
    'a person',
    { state: 'paused', retryInMs: 30_000 },
    {},
    { word: 'paused', why: 'needs a person; looks again in 30 s, or at once: waystation sinks retry hub' },
  ],
  [
    'a person who has switched the link off',
    { state: 'held' },
    { mode: 'off', state: 'off', modeFrom: 'cli', modeEndsInMs: 60_000 },
    { word: 'link off', why: 'lte is off by hand for 60 s more; to open it: waystation links mode lte auto' },
  ],
  [
    'a window of the schedule',
    { state: 'held' },
    { mode: 'off', state: 'off', modeFrom: 'schedule', modeEndsInMs: 60_000 },
    {
      word: 'link off',
      why: 'lte is off by its schedule for 60 s more; to open it: waystation links mode lte normal --for 1h',
    },
  ],
  [
    'the next day',
    { state: 'held' },
    { state: 'spent' },
    { word: 'budget spent', why: 'nothing of the day is left on lte; the next day begins in 36000 s' },
  ],
  [
    'lanes that a metered link does not take',
    {},
    {},
    { word: 'online', why: 'lte is metered: only the lanes that it names go' },
  ],
  [
    'the reserve',
    {},
    { state: 'reserved' },
    { word: 'online', why: 'only the reserve of the day is left on lte: urgent lanes alone go' },
  ],
  [
    'room on its link',
    {
      lanes: [
        { stream: 'telemetry' as StreamId, acknowledgedSequence: 1, backlogCount: 5, isDrained: false, isHeld: true },
      ],
    },
    { mode: 'normal' },
    { word: 'online', why: 'waits for room on lte' },
  ],
  [
    'the next day, with batches that what is left would cut',
    {
      lanes: [
        { stream: 'telemetry' as StreamId, acknowledgedSequence: 1, backlogCount: 5, isDrained: false, isHeld: true },
      ],
    },
    { mode: 'normal', state: 'low' },
    { word: 'online', why: 'little of the day is left on lte: urgent lanes go, batches that it would cut wait' },
  ],
  ['nothing', {}, { mode: 'normal' }, { word: 'online' }],
  ['nothing, without a link', { link: 'other' }, {}, { word: 'online' }],
])('says of a sink that it waits for %s', (_what, sink, changes, words) => {
  expect(wordsOf(sink, changes)).toEqual(words);
});

it('says how much of the past is still to be filled in', () => {
  const stream = parseStreamId('telemetry');
  if (stream === undefined) throw new Error('it is a name');
  const lane: LaneStatus = { stream, acknowledgedSequence: 10, backlogCount: 500, isDrained: false };
  const filling = { ...lane, backfillCount: 2, backfillBacklogCount: 480 };
  expect(describeBackfill({ ...SINK, lanes: [lane, filling] })).toEqual([
    'fills in 480 of telemetry, from 2 stretches of the past',
  ]);
  expect(
    describeBackfill({ ...SINK, lanes: [{ ...filling, backfillCount: 1, isCrowded: true }] }, () => 'some'),
  ).toEqual([
    'fills in some of telemetry, from 1 stretch of the past; there are so many that new events wait behind the oldest',
  ]);
});
