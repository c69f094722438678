import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JournalStream } from './journal.ts';
import { MAX_CACHED_BYTES, MAX_CACHED_FRAMES } from './limits.ts';
import { nodeStorage } from './node-storage.ts';
import { openTestJournal, sampleRecord, TELEMETRY } from './open-test-journal.ts';
import type { Storage } from './storage.ts';

const MIB = 2 ** 20;
const RECORD_BYTES = 64 * 1024;
/** What is remembered for readers is full by then. */
const BEFORE_BYTES = MAX_CACHED_BYTES + MIB;
const GROWTH_BYTES = 5 * MIB;
/** Headers and indexes of the segments, and code that has run more often. */
const SLACK_BYTES = 2 * MIB;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-memory-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('takes no more memory for a backlog that grows, whoever has read it [J8]', async () => {
  const options = { directory: join(folder, 'journal'), segmentBytes: MIB };
  const { journal, stream } = await openTestJournal(quickStorage, options);
  await journal.openCursor('hub', TELEMETRY, 'oldest');
  await grow(stream, BEFORE_BYTES);
  await readThrough(stream);
  const usedBefore = await usedBytes();
  await grow(stream, GROWTH_BYTES);
  await readThrough(stream);
  expect((await usedBytes()) - usedBefore).toBeLessThan(SLACK_BYTES);
  expect(stream.oldestSequence).toBe(1);
  await journal[Symbol.asyncDispose]();
}, 30_000);

it('holds of frames what it says, also of full commits of the smallest records [J8 P3]', async () => {
  const directory = join(folder, 'journal');
  const { journal, stream } = await openTestJournal(quickStorage, { directory });
  for (let commit = 0; commit < MAX_CACHED_FRAMES; commit++) await growAtOnce(stream, 2048, 1);
  const usedBefore = await usedBytes();
  for (let from = 1; from <= stream.syncedSequence; ) {
    from = (await stream.read(from, { maxEvents: 2048, maxBytes: MIB })).nextSequence;
  }
  expect((await usedBytes()) - usedBefore).toBeLessThan(MAX_CACHED_BYTES + SLACK_BYTES);
  await journal[Symbol.asyncDispose]();
});

/** Appends records, some in a commit. */
async function grow(stream: JournalStream, sizeBytes: number): Promise<void> {
  for (let bytes = 0; bytes < sizeBytes; bytes += 8 * RECORD_BYTES) await growAtOnce(stream, 8, RECORD_BYTES);
}

/** Appends records in one commit. */
async function growAtOnce(stream: JournalStream, count: number, recordBytes: number): Promise<void> {
  const payload = Buffer.alloc(recordBytes, stream.syncedSequence);
  await new Promise<void>((resolve, reject) => {
    for (let index = 1; index <= count; index++) {
      const done = (error?: Error) => (error === undefined ? index === count && resolve() : reject(error));
      stream.append(sampleRecord('', { payload }), done);
    }
  });
}

/** Two readers, one behind the other. */
async function readThrough(stream: JournalStream): Promise<void> {
  for (let from = 1; from <= stream.syncedSequence; ) {
    await stream.read(Math.max(1, from - 50), { maxEvents: 7, maxBytes: MIB });
    from = (await stream.read(from, { maxEvents: 8, maxBytes: MIB })).nextSequence;
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Live objects and buffers. */
async function usedBytes(): Promise<number> {
  // Buffers are given back beside the program, and their owners may be found dead only then.
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Files of the host, at once and without syncs: neither is what is looked at, and both take long. */
const quickStorage: Storage = {
  ...nodeStorage,
  syncDirectory: async () => undefined,
  async open(path, mode) {
    const descriptor = openSync(path, mode === 'create' ? 'w+' : 'r+');
    return {
      sizeBytes: async () => fstatSync(descriptor).size,
      read: async (target, offset) => readSync(descriptor, target, 0, target.length, offset),
      write: async (bytes, offset) => void writeSync(descriptor, bytes, 0, bytes.length, offset),
      datasync: async () => undefined,
      close: async () => closeSync(descriptor),
    };
  },
};
