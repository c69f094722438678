import { compileDbc, type DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { BusReduction } from '#devices/can/reduction/bus-reduction.ts';
import type { MessageReport, ReportHandler } from '#devices/can/reduction/message-report.ts';
import type { ReportRules } from '#devices/can/reduction/report-rules.ts';
import type { ReportWindow } from '#devices/can/reduction/report-window.ts';

/** What was reported, written down for tests. */
export interface LoggedReport {
  readonly message: string;
  readonly heardMs: number;
  /** Those that are present. */
  readonly values: Readonly<Record<string, number>>;
  /** Only of a window: min, max, mean and count by signal. */
  readonly sums?: Readonly<Record<string, readonly [min: number, max: number, mean: number, count: number]>>;
  readonly frames?: number;
  readonly durationMs?: number;
}

/** Compiles the statements of a DBC file. */
export function decoderOf(statements: string): DbcDecoder {
  const parsed = parseDbc(`VERSION ""\n${statements}\n`);
  if (!parsed.isDecoded) throw new Error(parsed.reason);
  return compileDbc(parsed.value);
}

/** A bus that writes down what is reported of it. */
export function openLoggedBus(decoder: DbcDecoder, rules: ReportRules) {
  const reports: LoggedReport[] = [];
  const handler: ReportHandler = {
    onReport: (report) => reports.push({ ...headOf(report), heardMs: report.heardMs }),
    onWindow: (report, window) => reports.push({ ...headOf(report), ...sumsOf(report, window) }),
  };
  const find = (id: number, isExtended: boolean) => {
    const found = decoder.find(id, isExtended);
    return found === undefined ? undefined : { decoder: found };
  };
  return { bus: new BusReduction(find, rules, handler), reports };
}

function headOf({ origin, plan, values, heardMs }: MessageReport) {
  const { message } = origin.decoder;
  const present = plan.watched.filter(({ index }) => values.isPresent[index] === 1);
  const entries = present.map(
    ({ index }) => [message.signals[index]?.name ?? '', values.physical[index] ?? 0] as const,
  );
  return { message: message.name, heardMs, values: Object.fromEntries(entries) };
}

function sumsOf({ origin }: MessageReport, window: ReportWindow) {
  const sums = window.plan.signals.map(({ index }, place) => {
    const name = origin.decoder.message.signals[index]?.name ?? '';
    const [min = 0, max = 0, count = 0] = [window.min[place], window.max[place], window.count[place]];
    return [name, [min, max, window.mean(place), count]] as const;
  });
  const values = window.plan.signals.map(({ index }, place) => {
    const name = origin.decoder.message.signals[index]?.name ?? '';
    return [name, window.last[place] ?? 0] as const;
  });
  return {
    heardMs: window.endMs,
    values: Object.fromEntries(values),
    sums: Object.fromEntries(sums),
    frames: window.frameCount,
    durationMs: window.durationMs,
  };
}
