import type { Writable } from 'node:stream';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';

/** What a packet that waits costs in memory beside its own bytes, counted so that tiny packets are bounded too. */
export const PACKET_OVERHEAD_BYTES = 64;

/** What is handed to the socket at once: a peer that takes less than this within the drain timeout is frozen. */
export const MAX_WRITE_BYTES = 64 * 2 ** 10;

/** What {@link SocketWriter} needs. */
export interface SocketWriterOptions {
  readonly drainTimeoutMs: number;
  readonly clock: Clock;
  /** The peer has taken nothing for so long; called once. */
  readonly onStalled: () => void;
  /** The peer has taken a write, or the kernel has for it; more may wait behind it. */
  readonly onTaken: () => void;
}

/**
 * Packets on their way to one socket: gathered for a turn of the event loop, then handed over in one write. One write is under
 * way at a time, and the next begins when the peer has taken it; so whether a peer takes anything is seen here.
 */
export class SocketWriter {
  readonly #socket: Writable;
  readonly #options: SocketWriterOptions;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Waiting, and in the write under way, overhead included. */
  #unsentBytes = 0;
  #sentBytes = 0;
  #isScheduled = false;
  #isWriting = false;
  #progressMs = 0;
  #cancelWatch: Cancel | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(socket: Writable, options: SocketWriterOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** What the peer has not taken yet, {@link PACKET_OVERHEAD_BYTES} for each packet included. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** All that was handed to the socket so far. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  write(packet: Uint8Array): void {
    this.#waiting.push(packet);
    this.#waitingBytes += packet.length;
    this.#unsentBytes += packet.length + PACKET_OVERHEAD_BYTES;
    if (this.#isScheduled || this.#isWriting) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  /** Calls back when all that was written so far has been handed over. */
  end(done: () => void): void {
    this.#onEmpty = done;
    this.#flush();
  }

  /** Nothing more will be written, nor is waited for. */
  stop(): void {
    this.#cancelWatch?.();
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #flush(): void {
    if (this.#isWriting) return;
    if (this.#waiting.length === 0) {
      const onEmpty = this.#onEmpty;
      this.#onEmpty = undefined;
      onEmpty?.();
      return;
    }
    const packets = this.#takePackets();
    const [first] = packets;
    const bytes = packets.length === 1 && first !== undefined ? first : Buffer.concat(packets);
    const sizeBytes = bytes.length + packets.length * PACKET_OVERHEAD_BYTES;
    this.#isWriting = true;
    this.#sentBytes += bytes.length;
    this.#watch();
    this.#socket.write(bytes, (error) => {
      this.#isWriting = false;
      this.#unsentBytes -= sizeBytes;
      this.#progressMs = this.#options.clock.monotonicMs();
      // The socket is about to close, and says so itself.
      if (error) return this.stop();
      this.#options.onTaken();
      if (!this.#isScheduled) this.#flush();
    });
  }

  /** At most {@link MAX_WRITE_BYTES}, but one packet at least. */
  #takePackets(): Uint8Array[] {
    if (this.#waitingBytes <= MAX_WRITE_BYTES) {
      const all = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      return all;
    }
    let count = 0;
    let sizeBytes = 0;
    for (const packet of this.#waiting) {
      if (count > 0 && sizeBytes + packet.length > MAX_WRITE_BYTES) break;
      sizeBytes += packet.length;
      count++;
    }
    this.#waitingBytes -= sizeBytes;
    return this.#waiting.splice(0, count);
  }

  /** One timer for as long as something is on its way, not one for each write. */
  #watch(): void {
    const { clock, drainTimeoutMs } = this.#options;
    this.#progressMs = clock.monotonicMs();
    if (this.#cancelWatch === undefined) this.#schedule(drainTimeoutMs);
  }

  #schedule(delayMs: number): void {
    const { clock, drainTimeoutMs, onStalled } = this.#options;
    this.#cancelWatch = clock.schedule(delayMs, () => {
      this.#cancelWatch = undefined;
      if (!this.#isWriting) return;
      const leftMs = this.#progressMs + drainTimeoutMs - clock.monotonicMs();
      if (leftMs > 0) this.#schedule(leftMs);
      else onStalled();
    });
  }
}
