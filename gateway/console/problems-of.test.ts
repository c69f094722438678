import { expect, it } from 'vitest';
import { sampleSink, sampleStatus } from '#gateway/model/testing/sample-status.ts';
import { problemsOf } from './problems-of.ts';

it('tells that records went before a sink had them, while its state says nothing of it [D9]', () => {
  const [lane] = sampleSink({ backlogCount: 2555 }).lanes;
  if (lane === undefined) throw new Error('the sample has a lane');
  const status = sampleStatus({ sinks: [sampleSink({ lanes: [{ ...lane, lost: 6445 }] })] });
  expect(problemsOf(status)).toMatchObject([
    { part: 'hub', what: '6445 records of telemetry went before it had them. Its target will be told.' },
  ]);
});

it('names the stream that refuses, and the sink that nobody configures any more', () => {
  const { journal, ...rest } = sampleStatus();
  const streams = journal.streams.map((stream) => ({ ...stream, lastError: 'journal.quota: it is full.' }));
  const orphans = streams.map(({ id }) => ({ sink: 'old', stream: id, acknowledgedSequence: 3, backlogCount: 1 }));
  expect(problemsOf({ ...rest, journal: { ...journal, streams, orphans } })).toMatchObject([
    { part: 'stream telemetry', what: 'journal.quota: it is full.' },
    { part: 'sink old', what: 'It is not configured, and has not had 1 record of telemetry.' },
  ]);
});

it('counts the dead letters of each sink, with the last reason and what to do [D6]', () => {
  const letters = { sink: 'hub', count: 2, redrivingCount: 0, buriedCount: 2, evictedCount: 0 };
  const deadLetters = {
    ...sampleStatus().deadLetters,
    sinks: [
      { ...letters, lastReason: 'hub.rejectedEvent: too large' },
      { ...letters, sink: 'tidy', count: 0 },
    ],
    lastError: 'journal.full: the disk is full.',
  };
  const links = sampleStatus().links?.map((link) => ({ ...link, lastError: 'link.notKept: no room.' })) ?? [];
  expect(problemsOf({ ...sampleStatus(), deadLetters, links })).toMatchObject([
    {
      part: 'hub',
      what: '2 events in the dead letters. The last: hub.rejectedEvent: too large',
      remedy: 'See them, send them again, or drop them: waystation dead-letters list --sink hub',
    },
    { part: 'dead letters', what: 'journal.full: the disk is full.' },
    { part: 'link lte', what: 'link.notKept: no room.' },
  ]);
});

it('is calm of a sink whose link is shut, whatever went wrong before', () => {
  const sink = sampleSink({ state: 'held', lastError: 'hub.unreachable: long ago' });
  expect(problemsOf(sampleStatus({ sinks: [sink] }))).toEqual([]);
});

it('is calm where everything is where it belongs', () => {
  expect(problemsOf(sampleStatus())).toEqual([]);
});
