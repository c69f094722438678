import { WaystationError } from '#gateway/model/errors.ts';
import type { SourceStatus } from '#gateway/model/status.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import { type RetryPolicy, retryDelayMs } from '#gateway/runtime/retry-schedule.ts';
import type { OpenSerialLink, SerialLink } from './serial-link.ts';

/** What a port is opened with, and who hears of it. */
export interface SerialPortOptions {
  readonly path: string;
  /** Bits per second; asked for at each opening. */
  readonly chooseBaud: () => number;
  /** Written after each opening, and again when the device has fallen silent: it may have lost what it was told. */
  readonly greeting?: Uint8Array | (() => Uint8Array);
  /** Written before a clean close. */
  readonly farewell?: Uint8Array;
  readonly openLink: OpenSerialLink;
  readonly clock: Clock;
  readonly random: () => number;
  onBytes(chunk: Uint8Array): void;
  /** Nothing came for {@link QUIET_MS}: what is half read will not be completed. */
  onQuiet(): void;
  /** Twice a second while it is open and not held: time has passed. */
  onTick?(): void;
  /** An opening has come to its end: the next one may meet another device. */
  onClosed(): void;
  onStateChange(state: SerialPortState, lastError: string | undefined): void;
}

/** `silent`: open, but nothing came for {@link SILENT_MS}. `lost`: not open; it is tried again. */
export type SerialPortState = SourceStatus['state'];

/** Spaces the attempts to open a port that is missing or fails. */
const REOPEN: RetryPolicy = { firstDelayMs: 500, maxDelayMs: 10_000 };
const TICK_MS = 500;
/** A port that was open for so long may be opened again at once. */
const USEFUL_MS = 1000;
/** A pause in which every receiver would have finished what it was saying. */
export const QUIET_MS = 1000;
/** From when on a device counts as silent. */
export const SILENT_MS = 10_000;

/**
 * A serial port that comes back: opened by path, and again with backoff whenever it is missing, fails or is pulled out [S3].
 *
 * Silence is counted in ticks that found no bytes, never by comparing times: after a stall of the process the tick comes first and
 * the bytes that waited meanwhile right behind it.
 */
export class SerialPort implements AsyncDisposable {
  readonly #options: SerialPortOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #state: SerialPortState = 'opening';
  #lastError: string | undefined;
  #link: SerialLink | undefined;
  #isHeld = false;
  #quietTicks = 0;
  #receivedBytes = 0;
  #openCount = 0;

  constructor(options: SerialPortOptions) {
    this.#options = options;
  }

  get state(): SerialPortState {
    return this.#state;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** What is open: the path that was asked for, or another name of the same port. */
  get path(): string {
    return this.#link?.path ?? this.#options.path;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Openings after the first. */
  get reopenCount(): number {
    return Math.max(0, this.#openCount - 1);
  }

  /** Begins to open; a port that is missing is no error. */
  start(): void {
    this.#running ??= this.#run(this.#stop.signal);
  }

  /** Changes the rate while it is open. @returns false when the port does not have it, or is not open */
  async setBaud(baud: number): Promise<boolean> {
    return (await this.#link?.setBaud(baud)) ?? false;
  }

  /** Says something to the device; without an open link it is lost. */
  write(bytes: Uint8Array): void {
    this.#link?.write(bytes);
  }

  /** Back-pressure: while held, bytes stay in the system's buffer and quiet means nothing. */
  hold(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    this.#quietTicks = 0;
    if (isHeld) this.#link?.pause();
    else this.#link?.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const receivedBytes = this.#receivedBytes;
      const beginMs = clock.monotonicMs();
      try {
        await this.#openOnce(signal);
      } catch (error) {
        this.#lastError = error instanceof WaystationError ? error.summary : String(error);
      }
      if (signal.aborted) return;
      this.#setState('lost');
      // A port that says nothing, or not for long, before it fails again is no better than one that does not open.
      const isUseful = this.#receivedBytes > receivedBytes && clock.monotonicMs() - beginMs >= USEFUL_MS;
      if (isUseful) attempt = 0;
      await wait(clock, retryDelayMs(REOPEN, attempt, random), signal);
    }
  }

  /** Returns when the port is gone or the signal aborts. */
  async #openOnce(signal: AbortSignal): Promise<void> {
    const { path, chooseBaud, openLink, greeting, farewell } = this.#options;
    const gone = Promise.withResolvers<Error | undefined>();
    const link = await openLink(
      { path, baud: chooseBaud() },
      { onBytes: (chunk) => this.#take(chunk), onClosed: gone.resolve },
    );
    const stop = () => gone.resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    this.#link = link;
    this.#openCount++;
    this.#lastError = undefined;
    if (this.#isHeld) link.pause();
    greet(link, greeting);
    this.#setState('open');
    const stopTicks = this.#tick(link, gone.resolve);
    const reason = await gone.promise;
    this.#lastError = reason && summaryOf(path, reason);
    stopTicks();
    signal.removeEventListener('abort', stop);
    this.#link = undefined;
    if (signal.aborted && farewell !== undefined) link.write(farewell);
    await link.close();
    this.#options.onClosed();
  }

  #take(chunk: Uint8Array): void {
    this.#receivedBytes += chunk.length;
    this.#quietTicks = 0;
    if (this.#state === 'silent') this.#setState('open');
    this.#options.onBytes(chunk);
  }

  #tick(link: SerialLink, onGone: (reason: Error) => void): () => void {
    const { clock, onQuiet, onTick, greeting } = this.#options;
    this.#quietTicks = 0;
    const step = () => {
      cancel = clock.schedule(TICK_MS, step);
      if (this.#isHeld) return;
      onTick?.();
      this.#quietTicks++;
      // The first tick after a byte may follow it at once.
      const quietMs = (this.#quietTicks - 1) * TICK_MS;
      if (quietMs === QUIET_MS) onQuiet();
      const isSilent = quietMs > 0 && quietMs % SILENT_MS === 0;
      if (isSilent) {
        this.#setState('silent');
        greet(link, greeting);
      }
      // The system does not always tell of an unplug that comes while a read is running.
      if (isSilent || quietMs === QUIET_MS)
        void link.isAttached().then((isAttached) => {
          if (!isAttached) onGone(new Error('the device is gone, and the system did not say so'));
        });
    };
    let cancel = clock.schedule(TICK_MS, step);
    return () => cancel();
  }

  #setState(state: SerialPortState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onStateChange(state, this.#lastError);
  }
}

function greet(link: SerialLink, greeting: SerialPortOptions['greeting']): void {
  const bytes = typeof greeting === 'function' ? greeting() : greeting;
  if (bytes !== undefined && bytes.length > 0) link.write(bytes);
}

function summaryOf(path: string, reason: Error): string {
  const isKnown = reason instanceof WaystationError;
  return (isKnown ? reason : new WaystationError('port.failed', `Reading ${path}: ${reason.message}`)).summary;
}
