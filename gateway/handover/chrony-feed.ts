import { WaystationError } from '#gateway/model/errors.ts';
import type { GnssReport } from '#gateway/model/gnss-report.ts';
import type { ChronyStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { CHRONY_SAMPLE_BYTES, encodeChronySample } from './chrony-sample.ts';
import type { DatagramPipe, DatagramPipeFailure, OpenDatagramPipe } from './datagram-pipe.ts';

/** What a {@link ChronyFeed} is made of. */
export interface ChronyFeedOptions {
  /** The Unix socket that chronyd has made. */
  readonly socket: string;
  readonly openPipe: OpenDatagramPipe;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long nothing is tried after a failure: chronyd may not run yet, or not any more. */
const RETRY_MS = 10_000;
/** What a pipe that fails at once would have told by then. */
const SETTLED_MS = 1000;
/** Another receiver takes over when the one that is followed said nothing for so long. */
const TAKE_OVER_MS = 15_000;

/** Gives chronyd a sample for each epoch of one receiver, and never waits for it. */
export class ChronyFeed implements Disposable {
  readonly #options: ChronyFeedOptions;
  #pipe: DatagramPipe | undefined;
  #openedMs = 0;
  #failedMs = Number.NEGATIVE_INFINITY;
  #lastError: WaystationError | undefined;
  /** Whom it follows: two receivers with delays of their own would be one clock that jitters. */
  #followed: { readonly device: string; readonly heardMs: number } | undefined;
  #sampleCount = 0;
  #droppedCount = 0;

  constructor(options: ChronyFeedOptions) {
    this.#options = options;
  }

  /** The time of the report is believed. */
  take({ device, trustedUnixMs, arrival, leapSecond }: GnssReport): void {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (trustedUnixMs === undefined || !this.#follows(device, nowMs)) return;
    // By the host's clock, which the stamp may not rest on.
    const hostMs = clock.wallMs() - (nowMs - arrival.monotonicMs);
    const sample = encodeChronySample({ hostMs, offsetMs: trustedUnixMs - hostMs, leapSecond });
    const isSent = this.#pipeAt(nowMs)?.send(sample) ?? false;
    if (isSent) this.#sampleCount++;
    else this.#droppedCount++;
    if (isSent && nowMs - this.#openedMs > SETTLED_MS) this.#lastError = undefined;
  }

  status(): ChronyStatus {
    const error = this.#lastError;
    return {
      socket: this.#options.socket,
      state: error !== undefined ? 'failing' : this.#sampleCount > 0 ? 'sending' : 'waiting',
      ...(this.#followed === undefined ? {} : { device: this.#followed.device }),
      sampleCount: this.#sampleCount,
      droppedCount: this.#droppedCount,
      ...(error === undefined ? {} : { lastError: error.summary }),
    };
  }

  [Symbol.dispose](): void {
    this.#pipe?.[Symbol.dispose]();
    this.#pipe = undefined;
    this.#failedMs = Number.POSITIVE_INFINITY;
  }

  #follows(device: string, nowMs: number): boolean {
    const isOther = this.#followed !== undefined && this.#followed.device !== device;
    if (isOther && nowMs - (this.#followed?.heardMs ?? 0) < TAKE_OVER_MS) return false;
    this.#followed = { device, heardMs: nowMs };
    return true;
  }

  #pipeAt(nowMs: number): DatagramPipe | undefined {
    if (this.#pipe !== undefined || nowMs - this.#failedMs < RETRY_MS) return this.#pipe;
    const { socket, openPipe } = this.#options;
    this.#openedMs = nowMs;
    this.#pipe = openPipe(socket, CHRONY_SAMPLE_BYTES, (failure) => this.#fail(failure));
    return this.#pipe;
  }

  #fail({ isProgramMissing, detail }: DatagramPipeFailure): void {
    const { socket, clock, logger } = this.#options;
    this.#pipe = undefined;
    this.#failedMs = clock.monotonicMs();
    // The one that it failed with is lost.
    this.#sampleCount--;
    this.#droppedCount++;
    const code = isProgramMissing ? 'chrony.noSocat' : 'chrony.unreachable';
    const error = new WaystationError(code, `Handing the time to chrony at ${socket}: ${detail}`);
    if (this.#lastError?.code !== code) logger.warn({ error }, 'The time cannot be handed over; it is tried again.');
    this.#lastError = error;
  }
}
