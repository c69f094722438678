import { describe, expect, it } from 'vitest';
import type { ClockRuns } from '#gateway/journal/clock-runs.ts';
import type { ReadResult } from '#gateway/journal/journal.ts';
import type { StoredRecord } from '#gateway/model/message.ts';
import { sampleSink, sampleStatus, streamNamed } from '#gateway/model/testing/sample-status.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { OldestUnsent } from './oldest-unsent.ts';
import { TailMarks } from './tail-marks.ts';

const READ_INTERVAL_MS = 10_000;
const TELEMETRY = streamNamed('telemetry');

/** A journal whose records were accepted by an earlier run, `ageMs` before the fake clock began. */
function openOld(ageMs: number, clockRuns: ClockRuns = []) {
  const clock = new FakeClock();
  const acceptedMs = clock.wallMs() - ageMs;
  const reads: number[] = [];
  let willFail = false;
  const read = async (from: number): Promise<ReadResult> => {
    reads.push(from);
    if (willFail) {
      willFail = false;
      throw new Error('the disk does not answer');
    }
    // Only the stamp is looked at.
    const records = [
      { sequence: from, record: { stamp: { wallMs: acceptedMs, quality: 'system' } } },
    ] as unknown as readonly StoredRecord[];
    return { records, lost: [], nextSequence: from + 1 };
  };
  // Nothing else of a stream is used.
  const journal = { stream: () => ({ read }), clockRuns } as unknown as ConstructorParameters<
    typeof OldestUnsent
  >[0]['journal'];
  const failNextRead = () => {
    willFail = true;
  };
  return { clock, reads, failNextRead, oldest: new OldestUnsent({ journal, clock }) };
}

const status = (syncedSequence: number, acknowledgedSequence: number, oldestSequence = 1) =>
  sampleStatus({
    syncedSequence,
    oldestSequence,
    sinks: [sampleSink({ acknowledgedSequence, backlogCount: syncedSequence - acknowledgedSequence })],
  });

describe('OldestUnsent', () => {
  it('knows without reading how long what came in since the start has waited', async () => {
    const { clock, oldest, reads } = openOld(0);
    oldest.note(status(100, 100));
    await clock.advance(1000);
    oldest.note(status(110, 100));
    await clock.advance(30_000);
    oldest.note(status(400, 100));
    expect(oldest.agesMs(status(400, 100).sinks)).toEqual({ hub: 30_000 });
    expect(oldest.agesMs(status(400, 110).sinks)).toEqual({ hub: 0 });
    expect(oldest.agesMs(status(400, 400).sinks)).toEqual({});
    expect(reads).toEqual([]);
  });

  it('goes by the time that is known, not by the date of a host that is a year off [S5]', async () => {
    const hourMs = 3_600_000;
    const anchor = { unixMs: new FakeClock().wallMs() + 9 * hourMs, monotonicMs: 0 };
    const { clock, oldest } = openOld(hourMs, [{ id: 'now', startMs: 0, isContinuation: false, anchor }]);
    clock.stepWall(clock.wallMs() - 365 * 24 * hourMs);
    oldest.note(status(100, 0));
    await clock.advance(0);
    expect(oldest.agesMs(status(100, 0).sinks)).toEqual({ hub: 10 * hourMs });
  });

  it('is not moved by a host clock that jumps', async () => {
    const { clock, oldest } = openOld(0);
    oldest.note(status(0, 0));
    oldest.note(status(1, 0));
    clock.stepWall(0);
    await clock.advance(5000);
    expect(oldest.agesMs(status(1, 0).sinks)).toEqual({ hub: 5000 });
  });

  it('reads what an earlier run left from the journal, once while the cursor stands', async () => {
    const { clock, oldest, reads } = openOld(3_600_000);
    for (let second = 0; second < 60; second++) {
      oldest.note(status(500, 41));
      await clock.advance(1000);
    }
    expect(oldest.agesMs(status(500, 41).sinks)).toEqual({ hub: 3_660_000 });
    expect(reads).toEqual([42]);
  });

  it('takes the first that is there where the oldest was lost, of this run and of an earlier one [J9]', async () => {
    const { clock, oldest, reads } = openOld(1000);
    oldest.note(status(500, 41));
    await clock.advance(READ_INTERVAL_MS);
    oldest.note(status(500, 41, 300));
    await clock.advance(1000);
    expect(oldest.agesMs(status(500, 41).sinks)).toEqual({ hub: 12_000 });
    expect(reads).toEqual([42, 300]);
    oldest.note(status(600, 41, 300));
    await clock.advance(5000);
    oldest.note(status(600, 41, 550));
    expect(oldest.agesMs(status(600, 41).sinks)).toEqual({ hub: 5000 });
  });

  it('reads again what could not be read', async () => {
    const { clock, oldest, failNextRead } = openOld(1000);
    failNextRead();
    oldest.note(status(500, 41));
    await clock.advance(READ_INTERVAL_MS);
    expect(oldest.agesMs(status(500, 41).sinks)).toEqual({});
    oldest.note(status(500, 41));
    await clock.advance(0);
    expect(oldest.agesMs(status(500, 41).sinks)).toEqual({ hub: 11_000 });
  });

  it('reads seldom while the cursor moves through what an earlier run left', async () => {
    const { clock, oldest, reads } = openOld(1000);
    for (let second = 0; second < 60; second++) {
      oldest.note(status(500, second));
      await clock.advance(1000);
    }
    expect(reads).toHaveLength(6);
  });
});

describe('TailMarks', () => {
  it('is a hundredth exact over half a day', () => {
    const marks = new TailMarks();
    const lookCount = 50_000;
    for (let look = 0; look < lookCount; look++) {
      marks.note(look * 1000, sampleStatus({ syncedSequence: look * 10 }).journal.streams);
    }
    expect(marks.syncedAtMs(TELEMETRY, 0)).toBeUndefined();
    for (const look of [100, 5000, 25_000, 49_900]) {
      const foundMs = marks.syncedAtMs(TELEMETRY, look * 10) ?? 0;
      expect(foundMs).toBeGreaterThanOrEqual(look * 1000);
      const ageMs = (lookCount - look) * 1000;
      expect(foundMs - look * 1000).toBeLessThanOrEqual(Math.max(1000, ageMs / 99));
    }
  });
});
