import { describe, expect, it, vi } from 'vitest';
import { FrameBody } from './frame-body.ts';
import type { LostRange } from './journal.ts';
import { MemoryStorage } from './memory-storage.ts';
import {
  append,
  frameEndsOf,
  openTestJournal,
  readAll,
  TEST_DIRECTORY,
  testSegmentPath,
  textsOf,
} from './open-test-journal.ts';
import { BLOCK_BYTES, FRAMES_OFFSET } from './segment-header.ts';
import { SLOT_BYTES } from './slot-file.ts';

const TEXTS = Array.from({ length: 40 }, (_, index) => `${index + 1} ${'x'.repeat(2000)}`);

/** A journal with 40 records, one per frame of some 2 kB; some segments are sealed. */
async function journalOf40() {
  const opened = await openTestJournal(new MemoryStorage(), { segmentBytes: 64 * 1024 });
  for (const text of TEXTS) await append(opened.stream, text);
  return opened;
}

/** The texts without those of some sequences. */
function without(...sequences: readonly number[]): readonly string[] {
  return TEXTS.filter((_, index) => !sequences.includes(index + 1));
}

function sequencesOf(losses: readonly LostRange[]) {
  return losses.map(({ from, to, reason }) => [from, to, reason]);
}

describe('a sector that the disk does not give any more', () => {
  it('costs the frames in its block and nothing else, and is told [J5]', async () => {
    const { storage, stream } = await journalOf40();
    const [, , third = 0] = frameEndsOf(storage.file(testSegmentPath(1)).content);
    storage.file(testSegmentPath(1)).breakBytes(third + 100, third + 612);
    const { records, lost, nextSequence } = await stream.read(1, { maxEvents: 40, maxBytes: 1e6 });
    const missing = lost.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
    expect(missing).toContain(4);
    expect(missing.length).toBeLessThanOrEqual(3);
    expect(lost).toMatchObject([{ reason: 'damaged' }]);
    expect(textsOf(records)).toEqual(without(...missing));
    expect(nextSequence).toBe(41);
  });

  it('is damage of the segment that was being written too, and the start goes on behind it [J4 J5]', async () => {
    const { storage, journal } = await journalOf40();
    const newest = journal.status().streams[0]?.segmentCount ?? 0;
    const { content } = storage.file(testSegmentPath(newest));
    const [, second = 0] = frameEndsOf(content);
    const survivor = storage.kill();
    survivor.file(testSegmentPath(newest)).breakBytes(second, second + 512);
    const { stream } = await openTestJournal(survivor, { seed: 2 });
    expect(stream.syncedSequence).toBe(40);
    const [[from = 0, to = 0, reason] = []] = sequencesOf(stream.losses) as [number, number, string][];
    expect([to - from < 3, reason]).toEqual([true, 'damaged']);
    expect(await readAll(stream)).toHaveLength(40 - (to - from + 1));
    expect(await append(stream, 'more')).toBe(41);
  });

  it('behind the last frame begins an epoch: who knows what was there [J3]', async () => {
    const { storage, journal, stream } = await journalOf40();
    const newest = journal.status().streams[0]?.segmentCount ?? 0;
    const last = frameEndsOf(storage.file(testSegmentPath(newest)).content).at(-2) ?? 0;
    const survivor = storage.kill();
    survivor.file(testSegmentPath(newest)).breakBytes(last, last + 512);
    const after = await openTestJournal(survivor, { seed: 2 });
    expect(after.stream.epoch).not.toBe(stream.epoch);
    expect(after.stream.syncedSequence).toBeLessThan(40);
    await append(after.stream, 'more');
    expect(textsOf(await readAll(after.stream)).at(-1)).toBe('more');
  });

  it.each([
    ['header', 0],
    ['footer', 64 * 1024 - BLOCK_BYTES],
  ])('in the %s of a sealed segment costs no record [J5]', async (_, offset) => {
    const { storage, journal } = await journalOf40();
    await journal[Symbol.asyncDispose]();
    storage.file(testSegmentPath(1)).breakBytes(offset, offset + 512);
    const { stream } = await openTestJournal(storage, { seed: 2 });
    expect(textsOf(await readAll(stream))).toEqual(TEXTS);
  });

  it('in one slot of the list of losses leaves the other [J5]', async () => {
    const { storage, stream } = await journalOf40();
    const segment = storage.file(testSegmentPath(1));
    segment.content = Buffer.from(segment.content).fill(0x5a, FRAMES_OFFSET, FRAMES_OFFSET + 100);
    await readAll(stream);
    const survivor = storage.kill();
    // The second writing is in the first slot.
    survivor.file(`${TEST_DIRECTORY}/streams/telemetry/losses`).breakBytes(SLOT_BYTES, SLOT_BYTES + 512);
    expect(sequencesOf((await openTestJournal(survivor, { seed: 2 })).stream.losses)).toEqual([[1, 1, 'damaged']]);
  });

  it('is no damage as long as that cannot be written down: the whole disk may be away [J10]', async () => {
    const { storage, stream } = await journalOf40();
    storage.file(testSegmentPath(1)).breakBytes(FRAMES_OFFSET, FRAMES_OFFSET + 512);
    storage.failNext('write', 'EIO');
    const limit = { maxEvents: 1, maxBytes: 1 };
    await expect(stream.read(1, limit)).rejects.toMatchObject({ code: 'journal.failed' });
    expect(await stream.read(1, limit)).toMatchObject({ lost: [{ from: 1, reason: 'damaged' }] });
  });

  it('is asked for more than once: a read that fails now and then costs nothing', async () => {
    const { storage, stream } = await journalOf40();
    storage.failNext('read', 'EIO', 2);
    expect(textsOf(await readAll(stream))).toEqual(TEXTS);
    expect(stream.losses).toEqual([]);
  });
});

it('passes over a record alone that cannot be read in a frame that can, and tells [J5]', async () => {
  const { stream } = await openTestJournal(new MemoryStorage());
  await Promise.all(TEXTS.map((text) => append(stream, text)));
  const record = FrameBody.prototype.record;
  const read = vi.spyOn(FrameBody.prototype, 'record').mockImplementation(function (this: FrameBody, index) {
    return [2, 3, 39].includes(index) ? 'truncated' : record.call(this, index);
  });
  const { records, lost, nextSequence } = await stream.read(1, { maxEvents: 40, maxBytes: 1e6 });
  read.mockRestore();
  expect(textsOf(records)).toEqual(without(3, 4, 40));
  expect(sequencesOf(lost)).toEqual([
    [3, 4, 'damaged'],
    [40, 40, 'damaged'],
  ]);
  expect(nextSequence).toBe(41);
});
