import { Progress } from '#gateway/cli/progress.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import type { JournalReader } from '#gateway/journal/journal-reader.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { CSV_HEAD, formatCsv, formatJson, formatText } from './format-item.ts';
import { openSource, type SourceOptions } from './open-source.ts';
import {
  findRanges,
  type JournalItem,
  mergeByTime,
  readRange,
  type Selection,
  type SequenceRange,
} from './read-range.ts';
import { writeFileWhole } from './write-file-whole.ts';

/** Options of `cat`. */
export interface CatOptions extends SourceOptions, Selection {
  readonly topic?: string;
  readonly json?: true;
}

/** Prints records until the end, or until the reader of the output goes away. */
export async function cat(options: CatOptions): Promise<void> {
  await using source = await openSource(options);
  const ranges = await findRanges(source.reader, options, systemClock.wallMs());
  const tally: Tally = { recordCount: 0, lostCount: 0 };
  const items = counted(
    readAll(source.reader, ranges, options.topic, () => {}),
    tally,
  );
  const isRead = await writeUntilClosed(
    formatted(items, options.json === true ? formatJson : formatText),
    process.stdout,
  );
  if (isRead && tally.recordCount + tally.lostCount === 0) process.stderr.write('no records there\n');
}

/** Options of `export`. */
export interface ExportOptions extends SourceOptions, Selection {
  readonly topic?: string;
  readonly format: 'ndjson' | 'csv';
  readonly output?: string;
}

/** Writes records to a file or to standard output; says on standard error what could not be had. */
export async function exportRecords(options: ExportOptions): Promise<void> {
  const { format, topic, output } = options;
  await using source = await openSource(options);
  const ranges = await findRanges(source.reader, options, systemClock.wallMs());
  const progress = new Progress(process.stderr, systemClock, 'records', countSequences(ranges));
  const tally: Tally = { recordCount: 0, lostCount: 0 };
  const items = counted(
    readAll(source.reader, ranges, topic, (count) => progress.add(count)),
    tally,
  );
  const text = format === 'csv' ? csvOf(items) : formatted(items, formatJson);
  if (output !== undefined) await writeFileWhole(output, text);
  else if (!(await writeUntilClosed(text, process.stdout))) return;
  progress.end();
  const lost = tally.lostCount === 0 ? '' : `; ${tally.lostCount} are lost, see \`waystation journal stat\``;
  process.stderr.write(`${tally.recordCount} records${lost}\n`);
}

/** How many sequences the ranges hold. */
export function countSequences(ranges: readonly SequenceRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + Math.max(0, to - from + 1), 0);
}

/** Everything in the ranges, by time. */
export function readAll(
  reader: JournalReader,
  ranges: readonly SequenceRange[],
  topic: string | undefined,
  onRead: (count: number) => void,
): AsyncGenerator<JournalItem> {
  return mergeByTime(ranges.map((range) => readRange(reader, range, topic, onRead)));
}

interface Tally {
  recordCount: number;
  lostCount: number;
}

async function* counted(items: AsyncIterable<JournalItem>, tally: Tally): AsyncGenerator<JournalItem> {
  for await (const item of items) {
    if ('lost' in item) tally.lostCount += item.lost.to - item.lost.from + 1;
    else tally.recordCount++;
    yield item;
  }
}

/** Lines are gathered: a write for each would take longer than reading it. */
const CHUNK_CHARACTERS = 64 * 1024;

async function* formatted(
  items: AsyncIterable<JournalItem>,
  format: (item: JournalItem) => string,
): AsyncGenerator<string> {
  let text = '';
  for await (const item of items) {
    text += format(item);
    if (text.length < CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** A table has no row for what is not there. */
async function* csvOf(items: AsyncIterable<JournalItem>): AsyncGenerator<string> {
  yield CSV_HEAD;
  yield* formatted(items, (item) => ('lost' in item ? '' : formatCsv(item)));
}
