import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Journal } from '#gateway/journal/journal.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { openJournal } from '#gateway/journal/open-journal.ts';
import type { Storage } from '#gateway/journal/storage.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { FakeDiskCounters } from '#gateway/runtime/fake-disk-counters.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { Child } from './child.ts';
import type { SeededRandom } from './seeded-random.ts';
import { until } from './until.ts';

/** A journal of two streams with segments so small that it rolls all the time. */
export async function openKillableJournal(folder: string, storage: Storage = nodeStorage): Promise<Journal> {
  const streams = ['telemetry', 'alerts'].map(parseStreamId).filter((id) => id !== undefined);
  return await openJournal({
    directory: join(folder, 'journal'),
    storage,
    clock: systemClock,
    random: randomBytes,
    logger: new MemoryLogger(),
    streams: streams.map((id) => ({ id })),
    diskCounters: new FakeDiskCounters(),
    segmentBytes: 64 * 1024,
  });
}

/** What {@link killAppender} does. */
export interface KillOptions {
  readonly folder: string;
  readonly count: number;
  readonly random: SeededRandom;
  /** What befalls the disk when the process has ended, or before; nothing unless stated. */
  readonly befall?: (kill: () => Promise<unknown>) => Promise<void>;
}

const MAX_ANSWERS = 300;

/**
 * Lets a process append, and ends it at any time, again and again. After each death everything that it was told to be safe must be
 * there, where and as it was said to be.
 *
 * @returns how many answers there were. @throws Error what was not there
 */
export async function killAppender({ folder, count, random, befall }: KillOptions): Promise<number> {
  const answers = new Map<string, string>();
  for (let life = 1; life <= count; life++) {
    await using child = new Child(process.execPath, [APPENDER, folder, `${life}`]);
    const wanted = random.integer(1, MAX_ANSWERS);
    await until('enough is acknowledged', 20_000, () => child.lines.length >= wanted);
    const kill = () => child.kill();
    await (befall === undefined ? kill() : befall(kill));
    for (const line of child.lines) {
      const [stream, sequence, ...text] = line.split(' ');
      answers.set(`${stream} ${sequence}`, text.join(' '));
    }
    await expectAll(folder, answers);
  }
  return answers.size;
}

const APPENDER = new URL('./journal-appender.ts', import.meta.url).pathname;

async function expectAll(folder: string, answers: ReadonlyMap<string, string>): Promise<void> {
  await using journal = await openKillableJournal(folder);
  const found = new Map<string, string>();
  for (const stream of journal.streams) {
    for (let from = 1; from <= stream.syncedSequence; ) {
      const { records, lost, nextSequence } = await stream.read(from, { maxEvents: 1000, maxBytes: 2 ** 20 });
      for (const { from, to, reason } of lost)
        throw new Error(`${stream.id} ${from} to ${to} are lost: ${reason} [J5]`);
      for (const { sequence, record } of records) {
        found.set(`${stream.id} ${sequence}`, Buffer.from(record.payload).toString());
      }
      from = nextSequence;
    }
  }
  for (const [place, text] of answers) {
    if (found.get(place) === text) continue;
    throw new Error(`${place} was acknowledged as «${text}», and is «${found.get(place) ?? 'not there'}» [J1]`);
  }
}
