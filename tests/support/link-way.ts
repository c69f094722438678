import type { Socket } from 'node:net';

/** How a way carries: at once and as fast as it can, unless told otherwise. */
export interface LinkPace {
  /** From the arrival of a byte until it goes on. */
  delayMs: number;
  /** Infinity for no limit. */
  bytesPerSecond: number;
}

/** A limited way carries pieces of this size: about a packet of TCP. */
const PIECE_BYTES = 1400;
/** With more than that under way the sender is made to wait, as by the buffers of a modem. */
const MAX_QUEUED_BYTES = 64 * 1024;

/** One direction of one connection: takes what `from` sends and hands it to `to`, at the pace of the link. */
export class LinkWay {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #pace: LinkPace;
  #queue: { readonly dueMs: number; readonly bytes: Buffer }[] = [];
  #queuedBytes = 0;
  #freeMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, pace: LinkPace) {
    this.#from = from;
    this.#to = to;
    this.#pace = pace;
    to.on('drain', () => this.#resume());
  }

  carry(bytes: Buffer): void {
    const { delayMs, bytesPerSecond } = this.#pace;
    if (delayMs === 0 && bytesPerSecond === Infinity && this.#queue.length === 0) {
      this.#write(bytes);
      return;
    }
    const pieceBytes = bytesPerSecond === Infinity ? bytes.length : PIECE_BYTES;
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      const piece = bytes.subarray(start, start + pieceBytes);
      this.#freeMs = Math.max(this.#freeMs, performance.now()) + (piece.length / bytesPerSecond) * 1000;
      this.#queue.push({ dueMs: this.#freeMs + delayMs, bytes: piece });
      this.#queuedBytes += piece.length;
    }
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.#from.pause();
    this.#setTimer();
  }

  /** Forgets what is under way. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#from.resume();
  }

  #setTimer(): void {
    const [next] = this.#queue;
    if (next === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#deliver(), Math.max(0, next.dueMs - performance.now()));
  }

  #deliver(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    const later = this.#queue.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = this.#queue.splice(0, later < 0 ? this.#queue.length : later);
    for (const { bytes } of due) {
      this.#queuedBytes -= bytes.length;
      this.#write(bytes);
    }
    this.#resume();
    this.#setTimer();
  }

  #write(bytes: Buffer): void {
    if (this.#to.destroyed || this.#to.writableEnded) return;
    if (!this.#to.write(bytes)) this.#from.pause();
  }

  #resume(): void {
    if (this.#queuedBytes <= MAX_QUEUED_BYTES && !this.#to.writableNeedDrain) this.#from.resume();
  }
}
