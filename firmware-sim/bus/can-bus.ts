import type { CanFrame } from '#devices/can/can-frame.ts';
import { frameBits } from './frame-bits.ts';

/** What {@link CanBus} needs. */
export interface CanBusOptions {
  /** Bits a second. */
  readonly bitrate: number;
  /** Takes each frame when its last bit has gone. @param atMs by the clock of the bus */
  readonly onFrame: (frame: CanFrame, atMs: number) => void;
}

/** Somebody who hears what the others send, and does not hear himself. */
export interface BusListener {
  onFrame(frame: CanFrame, atMs: number): void;
}

/**
 * The wire: one frame at a time, as long as its bits take, the lowest identifier first among those who wait. Control units set their
 * timers here; the bus is moved on by whoever owns the clock, and between two moves nothing happens.
 *
 * Times are milliseconds since the bus began.
 */
export class CanBus {
  readonly #options: CanBusOptions;
  readonly #listeners: BusListener[] = [];
  #timers: Timer[] = [];
  #pending: Pending[] = [];
  #nowMs = 0;
  #freeFromMs = 0;
  #bitCount = 0;
  #displacedCount = 0;

  constructor(options: CanBusOptions) {
    this.#options = options;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** All that was on the wire so far. */
  get bitCount(): number {
    return this.#bitCount;
  }

  /** Frames that never came to their turn: a newer one of the same sender took their place, or too many waited. */
  get displacedCount(): number {
    return this.#displacedCount;
  }

  listen(listener: BusListener): void {
    this.#listeners.push(listener);
  }

  /** Runs once, when that time has come. */
  at(dueMs: number, action: () => void): void {
    this.#timers.push({ dueMs: Math.max(dueMs, this.#nowMs), action });
  }

  /** Runs again and again, the first time at `firstMs`. */
  every(periodMs: number, firstMs: number, action: () => void): void {
    this.at(firstMs, () => {
      this.every(periodMs, firstMs + periodMs, action);
      action();
    });
  }

  /**
   * Puts a frame to those that wait for the wire.
   *
   * @param sender is not told of its own frame
   * @param isCyclic what waits under the same identifier is out of date: it gives way, as in the mailbox of a controller
   */
  send(frame: CanFrame, sender?: BusListener, isCyclic = false): void {
    const rank = rankOf(frame);
    const stale = isCyclic ? this.#pending.findIndex((other) => other.rank === rank) : -1;
    const isFull = this.#pending.length >= MAX_WAITING_FRAMES;
    if (stale >= 0 || isFull) this.#displacedCount += 1;
    if (stale >= 0) this.#pending[stale] = { frame, rank, sender };
    else if (!isFull) this.#pending.push({ frame, rank, sender });
  }

  /** Lets the time go on, with all that happens until then. */
  advance(toMs: number): void {
    for (;;) {
      const timer = this.#nextTimer();
      const startMs = Math.max(this.#freeFromMs, this.#nowMs);
      const isWaiting = this.#pending.length > 0;
      const isTimerFirst = timer !== undefined && (!isWaiting || timer.dueMs <= startMs);
      if (isTimerFirst && timer.dueMs <= toMs) this.#run(timer);
      else if (!isTimerFirst && isWaiting && startMs < toMs) this.#transmit(startMs);
      else break;
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  #run(timer: Timer): void {
    this.#timers.splice(this.#timers.indexOf(timer), 1);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.action();
  }

  #transmit(startMs: number): void {
    let first = 0;
    for (let index = 1; index < this.#pending.length; index++) {
      if ((this.#pending[index]?.rank ?? 0) < (this.#pending[first]?.rank ?? 0)) first = index;
    }
    const [next] = this.#pending.splice(first, 1);
    if (next === undefined) return;
    const bitCount = frameBits(next.frame);
    this.#bitCount += bitCount;
    this.#nowMs = startMs;
    this.#freeFromMs = startMs + (bitCount * 1000) / this.#options.bitrate;
    this.#options.onFrame(next.frame, this.#freeFromMs);
    for (const listener of this.#listeners)
      if (listener !== next.sender) listener.onFrame(next.frame, this.#freeFromMs);
  }

  #nextTimer(): Timer | undefined {
    let [next] = this.#timers;
    for (const timer of this.#timers) if (next !== undefined && timer.dueMs < next.dueMs) next = timer;
    return next;
  }
}

interface Timer {
  readonly dueMs: number;
  readonly action: () => void;
}

interface Pending {
  readonly frame: CanFrame;
  readonly rank: number;
  readonly sender: BusListener | undefined;
}

/** More than all control units of a bus have ready at once. */
export const MAX_WAITING_FRAMES = 512;

/** Who wins the arbitration: the lower. Of two with the same first eleven bits the base frame does. */
function rankOf({ id, isExtended }: CanFrame): number {
  return isExtended ? 2 * id + 1 : id * 2 ** 19;
}
