import { describe, expect, it } from 'vitest';
import { FakeDiskCounters } from '#gateway/runtime/fake-disk-counters.ts';
import { MemoryStorage } from './memory-storage.ts';
import { append, openTestJournal } from './open-test-journal.ts';
import { MIN_WEAR_OBSERVATION_MS, type WearCounts, wearOf } from './wear.ts';

const HOUR_MS = 3_600_000;
const counts: WearCounts = {
  observedMs: 10 * HOUR_MS,
  logicalBytes: 1000,
  journalBytes: 2000,
  deviceName: 'mmcblk0',
  first: { processBytes: 500, deviceBytes: 10_000 },
  now: { processBytes: 3500, deviceBytes: 18_000 },
  enduranceTB: undefined,
};

describe('wearOf', () => {
  it('counts from the opening of the journal, and goes by the device where it has one', () => {
    expect(wearOf(counts)).toEqual({
      observedSeconds: 36_000,
      logicalBytes: 1000,
      processBytes: 3000,
      device: { name: 'mmcblk0', bytes: 8000 },
      basis: 'device',
      amplification: 8,
    });
  });

  it('goes by the process where there is no device, and says so', () => {
    const now = { processBytes: 3500, deviceBytes: undefined };
    const wear = wearOf({ ...counts, deviceName: undefined, now });
    expect(wear).toMatchObject({ basis: 'process', amplification: 3, processBytes: 3000 });
    expect(wear).not.toHaveProperty('device');
  });

  it('goes by the journal where the system keeps no account, and says so', () => {
    const now = { processBytes: undefined, deviceBytes: undefined };
    expect(wearOf({ ...counts, now })).toMatchObject({ basis: 'journal', amplification: 2 });
  });

  it('knows no amplification before the first record', () => {
    expect(wearOf({ ...counts, logicalBytes: 0 })).not.toHaveProperty('amplification');
  });

  it('knows none after a moment, which says more of the start than of the years', () => {
    const observedMs = MIN_WEAR_OBSERVATION_MS - 1;
    expect(wearOf({ ...counts, observedMs })).not.toHaveProperty('amplification');
  });

  it('projects the life of a card at the rate since the start', () => {
    // 30 terabytes at 1 gigabyte an hour.
    const now = { processBytes: 0, deviceBytes: 10_000 + 10e9 };
    expect(wearOf({ ...counts, now, enduranceTB: 30 })).toMatchObject({ projectedLifeDays: 1250 });
  });

  it.each([
    ['after a moment', { enduranceTB: 30, observedMs: MIN_WEAR_OBSERVATION_MS - 1 }],
    ['without an endurance', {}],
    ['when nothing was written', { enduranceTB: 30, now: counts.first }],
  ])('projects nothing %s', (_, changes) => {
    expect(wearOf({ ...counts, ...changes })).not.toHaveProperty('projectedLifeDays');
  });
});

describe('the wear of a journal', () => {
  it('is told by its status: records, what was written for them, and the syncs of files, folders and cursors', async () => {
    const diskCounters = new FakeDiskCounters();
    diskCounters.deviceBytes = 1_000_000;
    const { journal, stream, clock } = await openTestJournal(new MemoryStorage(), { diskCounters, enduranceTB: 2 });
    await using _ = journal;
    const before = journal.status();
    await append(stream, 'x'.repeat(1000));
    const cursor = await journal.openCursor('hub', stream.id, 'oldest');
    const afterAppend = journal.status();
    cursor.advance(1, 1);
    await cursor.persist();
    const after = journal.status();
    expect(afterAppend.wear.logicalBytes).toBeGreaterThan(1000);
    expect(afterAppend.wear.logicalBytes).toBeLessThan(1100);
    expect(afterAppend.writtenBytes - before.writtenBytes).toBeGreaterThan(afterAppend.wear.logicalBytes);
    expect(after.writtenBytes).toBeGreaterThan(afterAppend.writtenBytes);
    expect(after.syncCount).toBe(afterAppend.syncCount + 1);
    await clock.advance(2 * HOUR_MS);
    diskCounters.deviceBytes += 2e9;
    expect(journal.status().wear).toMatchObject({ device: { name: 'mmcblk0', bytes: 2e9 }, projectedLifeDays: 83 });
  });
});
