import { configuredLanes, inConfiguredOrder } from '#gateway/cli/configured-order.ts';
import { formatBytes, formatTable } from '#gateway/cli/format-table.ts';
import type { RepairedTime } from '#gateway/journal/clock-runs.ts';
import type { JournalStat, StreamStat } from '#gateway/journal/journal-reader.ts';
import { formatTime } from './format-item.ts';
import { openSource, type SourceOptions } from './open-source.ts';

/** Options of `stat`. */
export interface StatOptions extends SourceOptions {
  readonly json?: true;
}

/** Prints what is in a journal. */
export async function showStat(options: StatOptions): Promise<void> {
  await using source = await openSource(options);
  const found = await source.reader.stat();
  const cursors = inConfiguredOrder(found.cursors, await configuredLanes(options.config));
  const stat = { ...found, cursors };
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ isLive: source.isLive, ...stat })}\n` : formatStat(stat),
  );
}

/** The tables for people. */
export function formatStat({ streams, cursors, wear }: JournalStat): string {
  const blocks = [
    streams.length === 0 ? 'no streams' : formatStreams(streams),
    ...formatLosses(streams),
    cursors.length === 0 ? 'no cursors: no sink has read from here' : formatCursors(cursors),
    ...(wear === undefined
      ? []
      : [
          `written since the start: ${formatBytes(wear.logicalBytes)} of records, amplification ${wear.amplification?.toFixed(1) ?? 'not known'}`,
        ]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function formatStreams(streams: readonly StreamStat[]): string {
  const rows = streams.map((stream) => [
    stream.id,
    stream.segmentCount === 0 ? '-' : stream.epoch,
    ...(stream.oldestSequence > stream.syncedSequence
      ? ['-', stream.syncedSequence || '-']
      : [stream.oldestSequence, stream.syncedSequence]),
    stream.segmentCount,
    formatBytes(stream.sizeBytes),
    formatWhen(stream.oldestTime),
    formatWhen(stream.newestTime),
  ]);
  return formatTable(['stream', 'epoch', 'oldest', 'newest', 'segments', 'size', 'from', 'to'], rows);
}

function formatWhen(time: RepairedTime | undefined): string {
  return time === undefined ? '-' : formatTime(time);
}

function formatLosses(streams: readonly StreamStat[]): string[] {
  const rows = streams.flatMap(({ id, lost }) =>
    lost.map(({ from, to, epoch, reason }) => [id, epoch, from, to, to - from + 1, reason]),
  );
  return rows.length === 0 ? [] : [formatTable(['lost', 'epoch', 'from', 'to', 'records', 'reason'], rows)];
}

function formatCursors(cursors: JournalStat['cursors']): string {
  const rows = cursors.map((cursor) => [
    cursor.sink,
    cursor.stream,
    cursor.acknowledgedSequence ?? 'damaged',
    cursor.backlogCount ?? '-',
  ]);
  return formatTable(['sink', 'stream', 'acknowledged', 'backlog'], rows);
}
