import { type FlowControl, ISO_TP_TIMEOUT_MS } from './iso-tp.ts';
import { type SegmentOptions, segmentIsoTp } from './segment-iso-tp.ts';

/** The most «wait» in a row that a sender bears. @see ISO 15765-2, N_WFTmax */
const MAX_WAITS = 10;

/** How a transfer stands. */
export type IsoTpSenderState = 'sending' | 'waiting' | 'sent' | 'refused' | 'timeout';

/**
 * The side that sends one message: gives its frames when their time has come, and heeds the receiver's flow control. For simulated
 * control units; time comes in.
 */
export class IsoTpSender {
  readonly #frames: readonly Uint8Array[];
  #next = 0;
  #state: IsoTpSenderState = 'sending';
  /** Frames until the next flow control; infinite without a block size. */
  #creditCount = 1;
  #separationTimeMs = 0;
  #dueMs: number;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #waitCount = 0;

  constructor(payload: Uint8Array, nowMs: number, options?: SegmentOptions) {
    this.#frames = segmentIsoTp(payload, options);
    this.#dueMs = nowMs;
    if (this.#frames.length === 0) this.#state = 'sent';
  }

  get state(): IsoTpSenderState {
    return this.#state;
  }

  /** When {@link take} is worth asking next; infinite when it never is. */
  get dueMs(): number {
    return this.#state === 'sending' ? this.#dueMs : this.#deadlineMs;
  }

  /** The data of the next frame, if its time has come. */
  take(nowMs: number): Uint8Array | undefined {
    if (this.#state === 'waiting' && nowMs >= this.#deadlineMs) this.#end('timeout');
    if (this.#state !== 'sending' || nowMs < this.#dueMs) return undefined;
    const data = this.#frames[this.#next++];
    this.#creditCount--;
    this.#dueMs = nowMs + this.#separationTimeMs;
    if (this.#next >= this.#frames.length) this.#end('sent');
    else if (this.#creditCount <= 0) this.#await(nowMs);
    return data;
  }

  /** The receiver answers. */
  control({ status, blockSize, separationTimeMs }: FlowControl, nowMs: number): void {
    if (this.#state !== 'waiting') return;
    if (status === 'overflow' || (status === 'wait' && ++this.#waitCount > MAX_WAITS)) this.#end('refused');
    else if (status === 'wait') this.#await(nowMs);
    else this.#continue(blockSize, separationTimeMs, nowMs);
  }

  #continue(blockSize: number, separationTimeMs: number, nowMs: number): void {
    this.#waitCount = 0;
    this.#creditCount = blockSize === 0 ? Number.POSITIVE_INFINITY : blockSize;
    this.#separationTimeMs = separationTimeMs;
    this.#dueMs = nowMs;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#state = 'sending';
  }

  #await(nowMs: number): void {
    this.#state = 'waiting';
    this.#deadlineMs = nowMs + ISO_TP_TIMEOUT_MS;
  }

  #end(state: IsoTpSenderState): void {
    this.#state = state;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }
}
