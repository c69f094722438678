import type { Done, Message, Publisher } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';

/** What a tap may be put on: the events of a device, or the bytes that come from its port. */
export type TapKind = 'events' | 'bytes';

/** What came through a tap since the last reading. */
export interface TapPart {
  /** The oldest first. */
  readonly entries: readonly TapEntry[];
  /** Where to go on. */
  readonly next: number;
  /** Entries that were gone before they were read. */
  readonly missedCount: number;
}

/** One event, or one chunk of bytes. */
export interface TapEntry {
  /** Absent for bytes. */
  readonly topic?: string;
  readonly payload: Uint8Array;
}

/** Reads one tap; as {@link DeviceTaps.read}. */
export type ReadTap = (after: number | undefined, waitMs: number, signal: AbortSignal) => Promise<TapPart>;

/** What one tap keeps for a reader that is away. */
export const MAX_TAP_BYTES = 256 * 1024;
/** What an entry counts beside its payload. */
const ENTRY_OVERHEAD_BYTES = 128;
/** Taps at a time; the one that was read longest ago gives way. */
export const MAX_TAPS = 8;
/** A tap that nobody reads for so long is closed. */
export const TAP_IDLE_MS = 30_000;
/** The longest wait for an entry. */
export const MAX_TAP_WAIT_MS = 20_000;

const TOPIC = /^(?:status\/)?devices\/([^/]+)(?:\/|$)/;

/**
 * Lets somebody look at what a device says, whether it is journaled or not: for `waystation devices tail`.
 * While nobody looks it costs one comparison for each event and chunk. It never holds anything up: a reader that is too slow misses entries.
 */
export class DeviceTaps {
  readonly #clock: Clock;
  readonly #taps = new Map<string, Tap>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A publisher that hands everything on to `next`, and lets the taps see it. */
  watch(next: Publisher): Publisher {
    return {
      publish: (message: Message, done: Done) => {
        if (this.#taps.size > 0) this.#noteEvent(message);
        next.publish(message, done);
      },
    };
  }

  /** Bytes came from the port of a device. */
  noteBytes(deviceId: string, chunk: Uint8Array): void {
    if (this.#taps.size > 0) this.#note(deviceId, 'bytes', { payload: chunk });
  }

  /** What came from `after` on, the `next` of the reading before; waits for something if there is nothing yet. The first reading has no `after`. */
  async read(
    deviceId: string,
    kind: TapKind,
    after: number | undefined,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<TapPart> {
    const tap = this.#tapOf(deviceId, kind);
    // A tap that was closed meanwhile, or one of an earlier run of the gateway, counts anew.
    const from = Math.min(after ?? tap.nextSequence, tap.nextSequence);
    if (from >= tap.nextSequence) await this.#waitFor(tap, Math.min(waitMs, MAX_TAP_WAIT_MS), signal);
    tap.lastReadMs = this.#clock.monotonicMs();
    const oldest = tap.nextSequence - tap.entries.length;
    const start = Math.max(from, oldest);
    return { entries: tap.entries.slice(start - oldest), next: tap.nextSequence, missedCount: start - from };
  }

  #noteEvent(message: Message): void {
    const deviceId = TOPIC.exec(message.topic)?.[1];
    if (deviceId === undefined) return;
    this.#note(deviceId, 'events', { topic: message.topic, payload: message.payload });
  }

  #note(deviceId: string, kind: TapKind, entry: TapEntry): void {
    const key = keyOf(deviceId, kind);
    const tap = this.#taps.get(key);
    if (tap === undefined) return;
    if (this.#clock.monotonicMs() - tap.lastReadMs > TAP_IDLE_MS && tap.waiters.size === 0) {
      this.#taps.delete(key);
      return;
    }
    tap.entries.push(entry);
    tap.nextSequence++;
    tap.sizeBytes += sizeOf(entry);
    while (tap.sizeBytes > MAX_TAP_BYTES) {
      const gone = tap.entries.shift();
      if (gone === undefined) break;
      tap.sizeBytes -= sizeOf(gone);
    }
    for (const wake of tap.waiters) wake();
  }

  #tapOf(deviceId: string, kind: TapKind): Tap {
    const key = keyOf(deviceId, kind);
    const known = this.#taps.get(key);
    // The one that was read last stands last.
    this.#taps.delete(key);
    const lastReadMs = this.#clock.monotonicMs();
    const tap = known ?? { entries: [], nextSequence: 0, sizeBytes: 0, lastReadMs, waiters: new Set() };
    this.#taps.set(key, tap);
    const [eldest] = this.#taps.keys();
    if (this.#taps.size > MAX_TAPS && eldest !== undefined) this.#taps.delete(eldest);
    return tap;
  }

  #waitFor(tap: Tap, waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        cancel();
        signal.removeEventListener('abort', finish);
        tap.waiters.delete(finish);
        resolve();
      };
      const cancel = this.#clock.schedule(waitMs, finish);
      signal.addEventListener('abort', finish, { once: true });
      tap.waiters.add(finish);
    });
  }
}

interface Tap {
  readonly entries: TapEntry[];
  /** Of the next entry. */
  nextSequence: number;
  sizeBytes: number;
  lastReadMs: number;
  /** Whoever waits for the next entry. */
  readonly waiters: Set<() => void>;
}

function keyOf(deviceId: string, kind: TapKind): string {
  return `${kind} ${deviceId}`;
}

function sizeOf({ topic = '', payload }: TapEntry): number {
  return ENTRY_OVERHEAD_BYTES + topic.length + payload.length;
}
