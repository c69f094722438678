import { expect, it } from 'vitest';
import { sampleSink, sampleStatus } from '#gateway/model/testing/sample-status.ts';
import { emptyRecording, MAX_SAMPLES, ratesOf, recordStatus } from './recorder.ts';

const lookAt = (second: number, perSecond: number) => {
  const status = sampleStatus({
    syncedSequence: second * perSecond,
    sinks: [sampleSink({ acknowledgedCount: second * 2 })],
  });
  const links = status.links?.map((link) => ({ ...link, sentBytes: second * 800, receivedBytes: second * 200 })) ?? [];
  return { ...status, links };
};

it('averages over the last five seconds', () => {
  let recording = emptyRecording(0);
  for (let second = 0; second <= 20; second++) recording = recordStatus(recording, second * 1000, lookAt(second, 7));
  expect(ratesOf(recording)).toEqual({
    publishedPerSecond: 7,
    journaledPerSecond: 7,
    sources: { gps0: 7 },
    sinks: { hub: 2 },
    links: { lte: 1000 },
  });
});

it('has no rate before the second look, and none below zero', () => {
  const first = recordStatus(emptyRecording(0), 0, lookAt(3, 100));
  expect(ratesOf(emptyRecording(0))).toMatchObject({ journaledPerSecond: 0, sinks: {} });
  expect(ratesOf(first)).toMatchObject({ journaledPerSecond: 0, sinks: { hub: 0 } });
  expect(ratesOf(recordStatus(first, 1000, lookAt(1, 100)))).toMatchObject({ journaledPerSecond: 0 });
});

it('remembers ten minutes and no more', () => {
  let recording = emptyRecording(0);
  for (let second = 0; second < MAX_SAMPLES + 50; second++)
    recording = recordStatus(recording, second * 1000, lookAt(second, 1));
  expect(recording.samples).toHaveLength(MAX_SAMPLES);
  expect(recording.samples[0]?.atMs).toBe(50_000);
});
