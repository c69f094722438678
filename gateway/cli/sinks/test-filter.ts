import { countSequences } from '#gateway/cli/journal/export.ts';
import { openSource, type SourceOptions } from '#gateway/cli/journal/open-source.ts';
import { findRanges, readRange, type Selection } from '#gateway/cli/journal/read-range.ts';
import { Progress } from '#gateway/cli/progress.ts';
import { loadConfig } from '#gateway/config/load-config.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { targetTypeOf } from '#gateway/sinks/target-types.ts';
import { FilterTally } from './filter-tally.ts';
import { formatReport } from './format-report.ts';

/** Options of `test-filter`. */
export interface TestFilterOptions extends SourceOptions, Selection {
  readonly json?: true;
}

/**
 * Puts what the journal holds through the filter of a sink, as the configuration file has it now, and prints what would go. Sends
 * nothing, and moves no cursor. The filter begins with an empty memory.
 *
 * @throws WaystationError `sink.unknown`, and as `journal cat`
 */
export async function testFilter(id: string, options: TestFilterOptions): Promise<void> {
  const config = await loadConfig(options.config);
  const sink = config.sinks.find((each) => each.id === id);
  if (sink === undefined) {
    const known = config.sinks.map((each) => each.id).join(', ') || 'none';
    throw new WaystationError('sink.unknown', `Looking for the sink ${id} in ${options.config}: there is ${known}.`);
  }
  await using source = await openSource(options);
  const lanes: readonly string[] = sink.lanes ?? config.streams.map((stream) => stream.id);
  const all = await findRanges(source.reader, options, systemClock.wallMs());
  const ranges = all.filter(({ stream }) => lanes.includes(stream));
  const progress = new Progress(process.stderr, systemClock, 'records', countSequences(ranges));
  const target = await targetTypeOf(sink);
  const meter = await target.openMeter(sink, { gatewayId: config.gateway.id, gatewayUid: ANY_UID });
  const tally = new FilterTally(sink.filter, meter);
  for (const range of ranges) {
    for await (const item of readRange(source.reader, range, undefined, (count) => progress.add(count)))
      tally.add(item);
  }
  progress.end();
  const report = tally.report();
  process.stdout.write(options.json === true ? `${JSON.stringify({ sink: id, ...report })}\n` : formatReport(report));
}

/** As long as every uid. */
const ANY_UID = '0'.repeat(32);
