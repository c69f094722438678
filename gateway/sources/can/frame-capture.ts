import type { CanFrame } from '#devices/can/can-frame.ts';
import { encodeCandumpLine } from '#devices/can/log/candump.ts';
import { encodeEvent, stampedTime } from '#gateway/model/event-payload.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { CaptureStatus } from '#gateway/model/status.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { CaptureFile, CaptureFolder } from './capture-folder.ts';
import { CaptureRing, type RingCursor } from './capture-ring.ts';

/** As configured. */
export interface CaptureRules {
  /** How long before the trigger a capture begins, as far as the memory reaches. */
  readonly beforeMs: number;
  /** How long after the last trigger it ends. */
  readonly afterMs: number;
  /** Memory of the ring. */
  readonly maxBytes: number;
  /** Files of one device. */
  readonly maxFiles: number;
}

/** What {@link FrameCapture} needs. */
export interface FrameCaptureOptions {
  readonly deviceId: string;
  readonly rules: CaptureRules;
  readonly folder: CaptureFolder;
  readonly clock: Clock;
  readonly stamp: () => Stamp;
  /** Publishes `devices/<id>/<name>`. */
  readonly send: (name: string, payload: Uint8Array) => void;
  readonly logger: Logger;
}

/** A file ends at so many times the memory of the ring: a frame has twice as many characters there, and triggers may go on for ever. */
export const FILE_BYTES_PER_RING_BYTE = 4;
/** Between two of these slices everything else gets its turn; each takes about a millisecond. */
const FRAMES_PER_WRITE = 500;
/** While a capture waits for frames to come. */
const POLL_MS = 200;
/** While the disk fails, that is told so often: triggers may come many times a second. */
export const FAILURE_INTERVAL_MS = 60_000;
/** How long the end of the gateway waits for a disk. */
const CLOSE_TIMEOUT_MS = 5000;
const MAX_REASON_CHARS = 200;
/** can-utils takes no longer names of interfaces. */
const MAX_CHANNEL_CHARS = 15;

/**
 * Keeps the raw frames of the last seconds, and writes them to a file when it is told to, with those of the seconds that follow: a log as
 * `candump -l` writes it. What is told meanwhile prolongs the capture. A disk that fails costs the capture, nothing else, and is told of once
 * a minute.
 */
export class FrameCapture implements AsyncDisposable {
  readonly #options: FrameCaptureOptions;
  readonly #ring: CaptureRing;
  readonly #stop = new AbortController();
  #running: RunningCapture | undefined;
  #writing: Promise<void> = Promise.resolve();
  #fileCount = 0;
  #failureCount = 0;
  #lastError: string | undefined;
  #toldFailureMs = Number.NEGATIVE_INFINITY;

  constructor(options: FrameCaptureOptions) {
    this.#options = options;
    this.#ring = new CaptureRing(options.rules.maxBytes);
  }

  status(): CaptureStatus {
    return {
      state: this.#running === undefined ? 'waiting' : 'writing',
      bufferedFrameCount: this.#ring.frameCount,
      fileCount: this.#fileCount,
      failureCount: this.#failureCount,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  /** A frame came. */
  note(frame: CanFrame, nowMs: number): void {
    this.#ring.push(frame, nowMs);
  }

  /**
   * Begins a capture, or prolongs the one that runs.
   *
   * @param payload of the command: JSON with a `reason`, or anything else
   * @returns what happens now, for people
   */
  freeze(payload: Uint8Array): string {
    const { clock, rules, stamp } = this.#options;
    const nowMs = clock.monotonicMs();
    const running = this.#running;
    const seconds = `${rules.afterMs / 1000} s`;
    if (running !== undefined) {
      running.endMs = nowMs + rules.afterMs;
      running.triggerCount++;
      return `the capture that is being written goes on for ${seconds} from now`;
    }
    const capture: RunningCapture = {
      stamp: stamp(),
      reason: reasonIn(payload),
      triggerMs: nowMs,
      endMs: nowMs + rules.afterMs,
      cursor: this.#ring.cursorAt(nowMs - rules.beforeMs),
      ...{ triggerCount: 1, frameCount: 0, lostCount: 0, sizeBytes: 0, fromMs: undefined, toMs: undefined },
    };
    this.#running = capture;
    this.#writing = this.#writing.then(() => this.#write(capture));
    return `a capture is being written; it ends ${seconds} from now`;
  }

  /** Ends a capture that runs with what it has. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const isWritten = new AbortController();
    void this.#writing.then(() => isWritten.abort());
    await wait(this.#options.clock, CLOSE_TIMEOUT_MS, isWritten.signal);
  }

  async #write(capture: RunningCapture): Promise<void> {
    const { deviceId, rules, folder, logger } = this.#options;
    let file: CaptureFile | undefined;
    try {
      file = await folder.create(deviceId, capture.stamp.wallMs, rules.maxFiles);
      await this.#copy(capture, file);
      this.#end(capture);
      await file.finish();
      this.#fileCount++;
      this.#lastError = undefined;
      this.#toldFailureMs = Number.NEGATIVE_INFINITY;
      const { frameCount: frames, triggerCount: triggers } = capture;
      logger.info({ device: deviceId, file: file.name, frames, triggers }, 'A capture is written.');
      this.#tell(capture, { file: file.name });
    } catch (error) {
      this.#end(capture);
      // The error that is told is the one that came first.
      await file?.discard().catch(() => {});
      this.#fail(capture, error instanceof Error ? error.message : String(error));
    }
  }

  #fail(capture: RunningCapture, error: string): void {
    const { clock, deviceId, logger } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#failureCount++;
    this.#lastError = error;
    if (nowMs - this.#toldFailureMs < FAILURE_INTERVAL_MS) return;
    this.#toldFailureMs = nowMs;
    logger.warn({ device: deviceId, error, failures: this.#failureCount }, 'A capture could not be written.');
    this.#tell(capture, { error });
  }

  async #copy(capture: RunningCapture, file: CaptureFile): Promise<void> {
    const { clock, rules } = this.#options;
    const maxBytes = rules.maxBytes * FILE_BYTES_PER_RING_BYTE;
    while (capture.sizeBytes < maxBytes) {
      // Asked before reading: frames that come after the look are not missed then.
      const isOver = this.#stop.signal.aborted || clock.monotonicMs() >= capture.endMs;
      const frameCount = capture.frameCount;
      const text = this.#nextLines(capture);
      capture.sizeBytes += text.length;
      if (text !== '') await file.write(text);
      if (capture.frameCount - frameCount === FRAMES_PER_WRITE) continue;
      if (isOver) return;
      await wait(clock, POLL_MS, this.#stop.signal);
    }
  }

  /** A trigger that comes now begins another one. */
  #end(capture: RunningCapture): void {
    if (this.#running === capture) this.#running = undefined;
  }

  /** The next frames as text; empty when there are none, or they are after the end. */
  #nextLines(capture: RunningCapture): string {
    const { cursor, stamp, triggerMs } = capture;
    const channel = this.#options.deviceId.slice(0, MAX_CHANNEL_CHARS);
    capture.lostCount += this.#ring.skipLost(cursor);
    let text = '';
    for (let count = 0; count < FRAMES_PER_WRITE; count++) {
      const nextMs = this.#ring.timeAt(cursor);
      const captured = nextMs === undefined || nextMs >= capture.endMs ? undefined : this.#ring.read(cursor);
      if (captured === undefined) break;
      const timeMs = stamp.wallMs + captured.timeMs - triggerMs;
      capture.fromMs ??= timeMs;
      capture.toMs = timeMs;
      capture.frameCount++;
      text += `${encodeCandumpLine({ timeMs, channel, frame: { ...captured.frame, timestampMs: timeMs } })}\n`;
    }
    return text;
  }

  #tell(capture: RunningCapture, outcome: { readonly file: string } | { readonly error: string }): void {
    const { stamp, reason, triggerCount, frameCount, lostCount, sizeBytes, fromMs, toMs } = capture;
    const data = {
      ...outcome,
      ...(reason === undefined ? {} : { reason }),
      triggers: triggerCount,
      frames: frameCount,
      ...(lostCount === 0 ? {} : { lostFrames: lostCount }),
      ...(fromMs === undefined || toMs === undefined ? {} : { from: isoOf(fromMs), to: isoOf(toMs) }),
      sizeBytes,
    };
    this.#options.send('capture', encodeEvent('can.capture', stampedTime(stamp), data));
  }
}

interface RunningCapture {
  /** Of the first trigger. */
  readonly stamp: Stamp;
  readonly reason: string | undefined;
  readonly triggerMs: number;
  endMs: number;
  readonly cursor: RingCursor;
  triggerCount: number;
  frameCount: number;
  /** Overwritten before they could be written: the disk was too slow. */
  lostCount: number;
  sizeBytes: number;
  /** Of the frames in the file, since the Unix epoch, as far as the host knows. */
  fromMs: number | undefined;
  toMs: number | undefined;
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function reasonIn(payload: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    const reason = typeof value === 'object' && value !== null && 'reason' in value ? value.reason : undefined;
    return typeof reason === 'string' ? reason.slice(0, MAX_REASON_CHARS) : undefined;
  } catch {
    return undefined;
  }
}
