import type { MessageDecoder } from '#devices/can/dbc/message-decoder.ts';
import { SignalValues } from '#devices/can/dbc/signal-values.ts';
import type { ReportPlan, WatchedSignal } from './report-plan.ts';
import { ReportWindow } from './report-window.ts';

/** Who says what: one message of one sender. Kept as long as it is heard, so that its own fields may be made once. */
export interface MessageOrigin {
  readonly decoder: MessageDecoder;
  /** What the event says beside its signals: `pgn`, `sourceAddress`, …; asked for each event. */
  describe?(): Readonly<Record<string, unknown>>;
  /** After `decoder.read`: takes out what the sender states as absent. */
  clearAbsent?(values: SignalValues): void;
}

/** Is told what is to be published. What it is handed changes with the next payload. */
export interface ReportHandler {
  /** The message as it was received last. */
  onReport(report: MessageReport): void;
  /** What a span of time came to. */
  onWindow(report: MessageReport, window: ReportWindow): void;
}

/** Of the payloads of a bus. */
export interface ReportCounts {
  /** Not decoded: the same bytes as before. */
  unchangedCount: number;
}

/**
 * Report by exception of one message of one sender (and of one choice of its multiplexors).
 *
 * A report carries the whole message. It is due when a signal has left the deadband around what was reported last, not before the
 * signal's `minIntervalMs` is over, at once if it is discrete; and after `maxIntervalMs` if the message was received since. What is due
 * later is held, as it was received last, until the next payload or tick.
 */
export class MessageReport {
  readonly origin: MessageOrigin;
  readonly plan: ReportPlan;
  readonly values: SignalValues;
  readonly #handler: ReportHandler;
  readonly #counts: ReportCounts;
  readonly #windows: readonly ReportWindow[];
  readonly #reported: SignalValues;
  #payload: Uint8Array;
  #length = -1;
  /** Of the report before, for integers with more digits than a number has; absent where there are none. */
  readonly #reportedPayload: Uint8Array | undefined;
  #heardMs = 0;
  #reportedMs = Number.NEGATIVE_INFINITY;
  /** When the next report is due, if the message is fresh by then. */
  #dueMs = Number.NEGATIVE_INFINITY;
  /** Something has changed that was not reported yet. */
  #isOwed = false;
  /** It was received after the last report. */
  #isFresh = false;

  constructor(origin: MessageOrigin, plan: ReportPlan, handler: ReportHandler, counts: ReportCounts) {
    const { signals, sizeBytes } = origin.decoder.message;
    this.origin = origin;
    this.plan = plan;
    this.values = new SignalValues(signals.length);
    this.#reported = new SignalValues(signals.length);
    this.#handler = handler;
    this.#counts = counts;
    this.#windows = plan.windows.map((window) => new ReportWindow(window));
    this.#payload = new Uint8Array(sizeBytes);
    this.#reportedPayload = plan.watched.some(({ isWide }) => isWide) ? new Uint8Array(sizeBytes) : undefined;
  }

  /** The payload received last. */
  get payload(): Uint8Array {
    return this.#payload.subarray(0, Math.max(0, this.#length));
  }

  /** The payload received last has fewer bytes than its message. */
  get isShort(): boolean {
    return this.#length < this.origin.decoder.message.sizeBytes;
  }

  /** When it was received last. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** A payload came; it is copied where it is kept. */
  take(data: Uint8Array, nowMs: number): void {
    for (const window of this.#windows) if (window.isOver(nowMs)) this.#close(window);
    this.#heardMs = nowMs;
    this.#isFresh = true;
    if (this.#isLikeLast(data)) {
      this.#counts.unchangedCount++;
      for (const window of this.#windows) window.repeat(nowMs);
    } else {
      this.#keep(data);
      this.origin.decoder.read(data, this.values);
      this.origin.clearAbsent?.(this.values);
      this.#judge();
      for (const window of this.#windows) window.add(this.values, nowMs);
    }
    if (nowMs >= this.#dueMs) this.#report(nowMs);
  }

  /** Time has passed. */
  tick(nowMs: number): void {
    if (this.#isFresh && nowMs >= this.#dueMs) this.#report(nowMs);
    for (const window of this.#windows) if (window.isOver(nowMs)) this.#close(window);
  }

  /** Gives out what is held. */
  flush(nowMs: number): void {
    if (this.#isOwed) this.#report(nowMs);
    for (const window of this.#windows) if (window.isOpen) this.#close(window);
  }

  #isLikeLast(data: Uint8Array): boolean {
    if (data.length !== this.#length) return false;
    const payload = this.#payload;
    for (let index = 0; index < data.length; index++) if (data[index] !== payload[index]) return false;
    return true;
  }

  #keep(data: Uint8Array): void {
    const { length } = data;
    if (length > this.#payload.length) this.#payload = new Uint8Array(length);
    const payload = this.#payload;
    for (let index = 0; index < length; index++) payload[index] = data[index] ?? 0;
    this.#length = length;
  }

  /** Finds when a report of the values in hand is due. */
  #judge(): void {
    if (this.#reportedMs === Number.NEGATIVE_INFINITY) return;
    let delayMs = Number.POSITIVE_INFINITY;
    const { watched } = this.plan;
    for (let place = 0; place < watched.length; place++) {
      const signal = watched[place];
      if (signal === undefined || !this.#isNews(signal)) continue;
      delayMs = Math.min(delayMs, signal.isDiscrete ? Number.NEGATIVE_INFINITY : signal.minIntervalMs);
    }
    this.#isOwed = delayMs < Number.POSITIVE_INFINITY;
    this.#dueMs = this.#reportedMs + Math.min(delayMs, this.plan.maxIntervalMs);
  }

  #isNews(signal: WatchedSignal): boolean {
    const { index, isDiscrete, isWide, deadband, deadbandRatio } = signal;
    const { values } = this;
    const reported = this.#reported;
    const isPresent = values.isPresent[index];
    if (isPresent !== reported.isPresent[index]) return true;
    if (isPresent === 0) return false;
    if (isDiscrete && values.raw[index] !== reported.raw[index]) return true;
    const now = values.physical[index] ?? 0;
    const before = reported.physical[index] ?? 0;
    if (isSame(now, before)) return isWide && deadband === 0 && deadbandRatio === 0 && this.#differsInDigits(index);
    // What is no number is as far from any as can be.
    return !(Math.abs(now - before) <= Math.max(deadband, deadbandRatio * Math.abs(before)));
  }

  #differsInDigits(index: number): boolean {
    const { decoder } = this.origin;
    const before = this.#reportedPayload;
    return before !== undefined && decoder.rawAt(this.payload, index) !== decoder.rawAt(before, index);
  }

  #report(nowMs: number): void {
    const { values, plan } = this;
    const reported = this.#reported;
    reported.physical.set(values.physical);
    reported.raw.set(values.raw);
    reported.isPresent.set(values.isPresent);
    this.#reportedPayload?.set(this.payload.subarray(0, this.#reportedPayload.length));
    this.#reportedMs = nowMs;
    this.#dueMs = nowMs + plan.maxIntervalMs;
    this.#isOwed = false;
    this.#isFresh = false;
    const hasContent = plan.watched.length > 0 || plan.windows.length === 0;
    if (hasContent) this.#handler.onReport(this);
  }

  #close(window: ReportWindow): void {
    window.close(() => this.#handler.onWindow(this, window));
  }
}

function isSame(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}
