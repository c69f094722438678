import { setTimeout as sleep } from 'node:timers/promises';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import type { JournalReader } from '#gateway/journal/journal-reader.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { readAll } from './export.ts';
import { formatJson, formatText } from './format-item.ts';
import { openSource, type SourceOptions } from './open-source.ts';
import { findRanges, itemsOf, type JournalItem, readRange, type SequenceRange } from './read-range.ts';

/** Options of `tail`. */
export interface TailOptions extends SourceOptions {
  readonly stream?: string;
  readonly topic?: string;
  readonly lines: number;
  readonly follow?: true;
  readonly json?: true;
}

/** Prints the newest records by time, and with `follow` each that comes, until the reader of the output goes away. */
export async function tail(options: TailOptions): Promise<void> {
  await using source = await openSource(options);
  if (options.follow === true && !source.isLive) {
    throw new WaystationError('journal.notLive', 'Following the journal: no gateway runs on it.');
  }
  const { reader } = source;
  const ranges = await findRanges(reader, options, systemClock.wallMs());
  const format = options.json === true ? formatJson : formatText;
  const newest = await readNewest(reader, ranges, options);
  const left = new AbortController();
  const text = async function* () {
    for (const item of newest) yield format(item);
    if (options.follow !== true) return;
    for await (const item of merge(ranges.map((range) => follow(reader, range, options.topic, left.signal))))
      yield format(item);
  };
  // What waits for the next record must not outlive the reader of the last.
  process.stdout.once('error', () => left.abort());
  await writeUntilClosed(text(), process.stdout);
  left.abort();
}

/** The last `lines` items that match. Looks back in steps that grow, so that a rare topic costs one reading in the end. */
async function readNewest(
  reader: JournalReader,
  ranges: readonly SequenceRange[],
  { lines, topic }: TailOptions,
): Promise<readonly JournalItem[]> {
  const shortened: SequenceRange[] = [];
  for (const range of ranges) {
    let from = range.to - lines + 1;
    while (from > range.from && (await countItems(reader, { ...range, from }, topic, lines)) < lines) {
      from = range.to - STEP_GROWTH * (range.to - from + 1) + 1;
    }
    shortened.push({ ...range, from: Math.max(from, range.from) });
  }
  const newest: JournalItem[] = [];
  if (lines === 0) return newest;
  for await (const item of readAll(reader, shortened, topic, () => {})) {
    newest.push(item);
    if (newest.length > lines) newest.shift();
  }
  return newest;
}

const STEP_GROWTH = 8;

async function countItems(
  reader: JournalReader,
  range: SequenceRange,
  topic: string | undefined,
  enough: number,
): Promise<number> {
  let count = 0;
  for await (const _ of readRange(reader, range, topic)) if (++count >= enough) break;
  return count;
}

/** One wait of a reader; the gateway may end it sooner. */
const WAIT_MS = 20_000;
const RETRY_MS = 1000;

/** What comes behind a range. A gateway that goes away is asked again until it is back: sequences go on rising. */
async function* follow(
  reader: JournalReader,
  { stream, to }: SequenceRange,
  topic: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<JournalItem> {
  let from = to + 1;
  let isAway = false;
  while (!signal.aborted) {
    try {
      const part = await reader.read(
        { stream, from, waitMs: WAIT_MS, ...(topic === undefined ? {} : { topic }) },
        signal,
      );
      isAway = false;
      yield* itemsOf(stream, part);
      from = part.nextSequence;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof WaystationError) || !error.code.startsWith('gateway.')) throw error;
      if (!isAway) process.stderr.write(`${error.message}; waiting for it\n`);
      isAway = true;
      // Not the clock of the gateway: its timers keep no process alive, and here the wait is all there is.
      await sleep(RETRY_MS);
    }
  }
}

/** Whatever comes first. */
async function* merge(streams: readonly AsyncGenerator<JournalItem>[]): AsyncGenerator<JournalItem> {
  const next = (items: AsyncGenerator<JournalItem>) => items.next().then(({ value, done }) => ({ items, value, done }));
  const waiting = new Map(streams.map((items) => [items, next(items)]));
  while (waiting.size > 0) {
    const { items, value, done } = await Promise.race(waiting.values());
    if (done === true) {
      waiting.delete(items);
      continue;
    }
    yield value;
    waiting.set(items, next(items));
  }
}
