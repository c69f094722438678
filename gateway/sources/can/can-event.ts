import type { DbcSignal } from '#devices/can/dbc/dbc.ts';
import { hasIntegerScale } from '#devices/can/dbc/scale.ts';
import type { MessageReport } from '#devices/can/reduction/message-report.ts';
import type { ReportPlan, WindowPlan } from '#devices/can/reduction/report-plan.ts';
import type { ReportWindow } from '#devices/can/reduction/report-window.ts';
import { stampedTime } from '#gateway/model/event-payload.ts';
import type { Stamp } from '#gateway/model/message.ts';

/**
 * Writes the event `can.message` of a report. This is the way of every event of a bus, so the text between the values is made once for
 * each message, and `JSON.stringify` sees only what may be anything.
 */
export class CanEventWriter {
  readonly #signalWriters = new WeakMap<ReportPlan, readonly WriteSignal[]>();
  readonly #aggregateWriters = new WeakMap<WindowPlan, readonly WriteAggregates[]>();

  /** @param stamp of when the message was received */
  encodeReport(report: MessageReport, stamp: Stamp): Uint8Array {
    let signals = '';
    for (const write of this.#writersOf(report)) {
      const text = write(report);
      if (text !== '') signals += signals === '' ? text : `,${text}`;
    }
    const short = report.isShort ? ',"short":true' : '';
    return Buffer.from(`${openingOf(report, stamp)}${short},"signals":{${signals}}}}`);
  }

  /** @param stamp of when the last message of the window was received */
  encodeWindow(report: MessageReport, window: ReportWindow, stamp: Stamp): Uint8Array {
    let signals = '';
    for (const write of this.#aggregatesOf(report, window.plan)) {
      const text = write(window);
      if (text !== '') signals += signals === '' ? text : `,${text}`;
    }
    const span = `"window":{"durationMs":${Math.round(window.durationMs)},"frames":${window.frameCount}}`;
    return Buffer.from(`${openingOf(report, stamp)},${span},"signals":{${signals}}}}`);
  }

  #writersOf({ plan, origin }: MessageReport): readonly WriteSignal[] {
    const known = this.#signalWriters.get(plan);
    if (known !== undefined) return known;
    const { signals } = origin.decoder.message;
    const writers = plan.watched.flatMap(({ index, isWide }) => {
      const signal = signals[index];
      return signal === undefined ? [] : [compileWriter(signal, index, isWide)];
    });
    this.#signalWriters.set(plan, writers);
    return writers;
  }

  #aggregatesOf({ origin }: MessageReport, plan: WindowPlan): readonly WriteAggregates[] {
    const known = this.#aggregateWriters.get(plan);
    if (known !== undefined) return known;
    const { signals } = origin.decoder.message;
    const writers = plan.signals.flatMap(({ index, aggregates }, place) => {
      const signal = signals[index];
      return signal === undefined ? [] : [compileAggregates(signal, place, aggregates)];
    });
    this.#aggregateWriters.set(plan, writers);
    return writers;
  }
}

/** The text of one signal of a report; empty where the payload does not contain it. */
type WriteSignal = (report: MessageReport) => string;
/** The text of one signal of a window; empty where no payload of it did. */
type WriteAggregates = (window: ReportWindow) => string;

function openingOf({ origin }: MessageReport, stamp: Stamp): string {
  const time = JSON.stringify(stampedTime(stamp)).slice(1, -1);
  // What a stage says of the origin: it may be nothing.
  const about = origin.describe === undefined ? '' : JSON.stringify(origin.describe()).slice(1, -1);
  const { name } = origin.decoder.message;
  return `{"type":"can.message","version":1,${time},"data":{"message":${JSON.stringify(name)}${about === '' ? '' : `,${about}`}`;
}

function compileWriter(signal: DbcSignal, index: number, isWide: boolean): WriteSignal {
  const opening = `${JSON.stringify(signal.name)}:{`;
  const unit = signal.unit === undefined ? '' : `"unit":${JSON.stringify(signal.unit)}`;
  const numberAt = isWide && hasIntegerScale(signal) ? compileWideNumber(signal, index) : physicalAt(index);
  const hasLabels = signal.labels.size > 0;
  return (report) => {
    if (report.values.isPresent[index] === 0) return '';
    const number = numberAt(report);
    const value = number === '' ? '' : `"value":${number}`;
    const label = hasLabels ? labelAt(report, index, isWide) : '';
    return `${opening}${joined(value, joined(unit, label))}}`;
  };
}

/** JSON has no NaN and no infinity, which floats on a bus can hold: no measurement, so no value. */
function physicalAt(index: number): (report: MessageReport) => string {
  return ({ values }) => numberText(values.physical[index] ?? Number.NaN);
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) return '';
  return String(value);
}

/** Integers of more than 53 bits keep all their digits: JSON sets no limit to them, a reader may. */
function compileWideNumber({ factor, offset }: DbcSignal, index: number): (report: MessageReport) => string {
  const wholeFactor = BigInt(factor);
  const wholeOffset = BigInt(offset);
  return ({ origin, payload }) => String(BigInt(origin.decoder.rawAt(payload, index)) * wholeFactor + wholeOffset);
}

function labelAt({ origin, payload, values }: MessageReport, index: number, isWide: boolean): string {
  const raw = isWide ? origin.decoder.rawAt(payload, index) : (values.raw[index] ?? Number.NaN);
  const label = origin.decoder.labelOf(index, raw);
  return label === undefined ? '' : `"label":${JSON.stringify(label)}`;
}

function compileAggregates(signal: DbcSignal, place: number, aggregates: readonly string[]): WriteAggregates {
  const opening = `${JSON.stringify(signal.name)}:{`;
  const unit = signal.unit === undefined ? '' : `"unit":${JSON.stringify(signal.unit)}`;
  return (window) => {
    if ((window.count[place] ?? 0) === 0) return '';
    let text = '';
    for (const aggregate of aggregates) {
      const number = numberText(aggregateAt(window, place, aggregate));
      if (number === '') continue;
      text = joined(text, `"${aggregate === 'last' ? 'value' : aggregate}":${number}`);
    }
    return `${opening}${joined(text, unit)}}`;
  };
}

function aggregateAt(window: ReportWindow, place: number, aggregate: string): number {
  if (aggregate === 'mean') return window.mean(place);
  const values = { last: window.last, min: window.min, max: window.max, count: window.count }[aggregate];
  return values?.[place] ?? Number.NaN;
}

function joined(a: string, b: string): string {
  if (a === '' || b === '') return a + b;
  return `${a},${b}`;
}
