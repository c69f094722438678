import { counted } from '#gateway/model/counted.ts';
import { describeBackfill, describeSink } from '#gateway/model/describe-sink.ts';
import type { LinkStatus } from '#gateway/model/link-status.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import type { ConditionStatus, LaneStatus, SinkStatus } from '#gateway/model/sink-status.ts';
import { formatDuration } from './format-duration.ts';
import { formatTable } from './format-table.ts';

const COLUMNS = ['sink', 'state', 'link', 'in flight', 'sent again', 'lane', 'backlog', 'acknowledged'];

/** How far every sink is, and under the table what each waits for. */
export function formatSinks(sinks: readonly SinkStatus[], links: readonly LinkStatus[]): string {
  const rows = sinks.flatMap((sink) => {
    const { word } = describeSink(sink, links, formatSpan);
    const head = [sink.id, word, sink.link ?? '-', sink.inFlightCount, sink.resentCount];
    return sink.lanes.map((lane, index) => [
      ...(index === 0 ? head : head.map(() => '')),
      ...[lane.stream, lane.backlogCount, lane.acknowledgedSequence],
    ]);
  });
  return [formatTable(COLUMNS, rows), ...sinks.flatMap((sink) => linesOf(sink, links))].join('\n');
}

function linesOf(sink: SinkStatus, links: readonly LinkStatus[]): readonly string[] {
  const { lastError, lanes, refusedCount, conditions = [] } = sink;
  const { why } = describeSink(sink, links, formatSpan);
  const lines = [
    ...(why === undefined ? [] : [why]),
    ...describeBackfill(sink),
    ...(refusedCount === undefined ? [] : [`${refusedCount} times its target would not take the news of a loss`]),
    ...conditions.map((condition) => describeCondition(sink.id, condition)),
    ...lanes.flatMap(describeLosses),
    ...(lastError === undefined ? [] : [oneLine(lastError)]),
  ];
  return lines.map((line) => `${sink.id}: ${line}`);
}

function describeCondition(sink: string, { ruleIndex, leftOutCount, undecidedCount }: ConditionStatus): string {
  const share = undecidedCount === leftOutCount ? 'all' : undecidedCount;
  return `filter[${ruleIndex}] when left out ${counted(leftOutCount, 'event')}, ${share} for want of a field that it names; which: waystation sinks test-filter ${sink}`;
}

function describeLosses({ stream, lost, lostCount }: LaneStatus): readonly string[] {
  return [
    ...(lost === undefined ? [] : [`${lost} of ${stream} went before it had them; its target will be told`]),
    ...(lostCount === undefined ? [] : [`${lostCount} of ${stream} were gone before it had them; its target was told`]),
  ];
}

function formatSpan(ms: number): string {
  return formatDuration(ms / 1000);
}
