import { type Clock, wait } from '#firmware-sim/clock.ts';
import type { Ledger } from '#firmware-sim/ledger/ledger.ts';
import type { SourceName } from '#firmware-sim/protocol.ts';
import type { Piece, PlaybackSpeed } from './piece.ts';

/** A port, as playback sees it. */
export interface PlaybackPort {
  /** Whether somebody listens: for CAN, with the channel open. */
  isListening(): boolean;
  /** Takes the piece whole, or not at all. */
  write(piece: Uint8Array): boolean;
}

/** What {@link play} needs. */
export interface PlaybackOptions {
  readonly source: SourceName;
  readonly speed: PlaybackSpeed;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
}

/**
 * Writes a recording to a port: waits for the reader as long as it takes, and drops nothing.
 *
 * @returns how many pieces were written
 */
export async function play(pieces: Iterable<Piece>, port: PlaybackPort, options: PlaybackOptions): Promise<number> {
  const { clock, ledger, signal, source } = options;
  const pacer = new Pacer(options.speed);
  let count = 0;
  for (const piece of pieces) {
    const delayMs = pacer.delayMs(piece.timeMs, clock.nowMs());
    if (delayMs > 0 || count % PIECES_PER_TURN === 0) await wait(clock, delayMs, signal);
    while (!port.isListening() && !signal.aborted) {
      await wait(clock, LISTEN_POLL_MS, signal);
      pacer.restart(clock.nowMs());
    }
    if (signal.aborted) return count;
    count += 1;
    ledger.played(source, count, clock.nowMs(), piece.text);
    const bytes = piece.bytes();
    while (!port.write(bytes) && !signal.aborted) await wait(clock, FULL_POLL_MS, signal);
  }
  return count;
}

/** Turns the times of a recording into delays. */
export class Pacer {
  readonly #speed: PlaybackSpeed;
  #lastTimeMs: number | undefined;
  #dueMs = 0;

  constructor(speed: PlaybackSpeed) {
    this.#speed = speed;
  }

  /** How long to wait before what was recorded at `timeMs`. Steps back count as none, pauses as {@link MAX_PAUSE_MS} at most. */
  delayMs(timeMs: number | undefined, nowMs: number): number {
    if (timeMs === undefined || this.#speed === 'max') return 0;
    const stepMs = this.#lastTimeMs === undefined ? 0 : timeMs - this.#lastTimeMs;
    if (this.#lastTimeMs === undefined) this.#dueMs = nowMs;
    this.#lastTimeMs = timeMs;
    this.#dueMs += Math.min(Math.max(stepMs, 0), MAX_PAUSE_MS) / this.#speed;
    return Math.max(0, this.#dueMs - nowMs);
  }

  /** The reader was away: go on from here, without catching up. */
  restart(nowMs: number): void {
    this.#dueMs = nowMs;
  }
}

/** A longer pause in a recording, such as a night, is shortened to this. */
export const MAX_PAUSE_MS = 10_000;
const LISTEN_POLL_MS = 10;
/** How soon a full port is tried again. */
const FULL_POLL_MS = 2;
/** How many pieces may be written before commands and timers get their turn. */
const PIECES_PER_TURN = 64;
