import type { CanFrame } from '#devices/can/can-frame.ts';

/** A place in a ring; moves on as it is read. */
export interface RingCursor {
  /** Frames pushed before the next one to read. */
  sequence: number;
  /** Where that one begins. */
  slot: number;
}

/** A frame out of a ring. */
export interface CapturedFrame {
  readonly timeMs: number;
  readonly frame: CanFrame;
}

/**
 * The last frames of a bus in a fixed piece of memory: it is taken at once and never grows, and a frame that is pushed allocates nothing.
 *
 * ```text
 * 8 bytes   time of arrival, ms: IEEE 754 double
 * 4 bytes   identifier; bit 29 extended, bit 30 remote, bit 31 CAN FD
 * 4 bytes   data bytes; bit 8 faster data rate of CAN FD
 * n bytes   data, filled up to a multiple of 8
 * ```
 */
export class CaptureRing {
  readonly #slotCount: number;
  /** The same memory three times. */
  readonly #times: Float64Array;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  #oldest: RingCursor = { sequence: 0, slot: 0 };
  #next: RingCursor = { sequence: 0, slot: 0 };
  #usedSlots = 0;

  /** @param sizeBytes at least one CAN FD frame: 80 */
  constructor(sizeBytes: number) {
    this.#slotCount = Math.max(MAX_RECORD_SLOTS, Math.floor(sizeBytes / SLOT_BYTES));
    const memory = new ArrayBuffer(this.#slotCount * SLOT_BYTES);
    this.#times = new Float64Array(memory);
    this.#words = new Uint32Array(memory);
    this.#bytes = new Uint8Array(memory);
  }

  /** Frames in it. */
  get frameCount(): number {
    return this.#next.sequence - this.#oldest.sequence;
  }

  /** Keeps a frame, in the place of the oldest ones if need be. */
  push({ id, isExtended, isRemote, isFd, isBitrateSwitched, data }: CanFrame, timeMs: number): void {
    const { length } = data;
    const slots = slotsFor(length);
    while (this.#usedSlots + slots > this.#slotCount) this.#drop();
    const { slot } = this.#next;
    this.#times[slot] = timeMs;
    const word = 2 * this.#after(slot, 1);
    this.#words[word] = id + (isExtended ? EXTENDED : 0) + (isRemote ? REMOTE : 0) + (isFd === true ? FD : 0);
    this.#words[word + 1] = length + (isBitrateSwitched === true ? SWITCHED : 0);
    for (let index = 0; index < length; index++) this.#bytes[this.#byteAt(slot, index)] = data[index] ?? 0;
    this.#next.sequence++;
    this.#next.slot = this.#after(slot, slots);
    this.#usedSlots += slots;
  }

  /** A cursor at the first frame that arrived at this time or later. */
  cursorAt(timeMs: number): RingCursor {
    const cursor = { ...this.#oldest };
    while (cursor.sequence < this.#next.sequence && (this.#times[cursor.slot] ?? 0) < timeMs) this.#moveOn(cursor);
    return cursor;
  }

  /** How many frames at a cursor were overwritten before they were read; it is moved to the oldest one that is left. */
  skipLost(cursor: RingCursor): number {
    const lostCount = this.#oldest.sequence - cursor.sequence;
    if (lostCount <= 0) return 0;
    Object.assign(cursor, this.#oldest);
    return lostCount;
  }

  /** When the frame at the cursor arrived; undefined at the end. Call {@link CaptureRing.skipLost} first, as for {@link CaptureRing.read}. */
  timeAt(cursor: RingCursor): number | undefined {
    return cursor.sequence < this.#next.sequence ? this.#times[cursor.slot] : undefined;
  }

  /** The frame at the cursor, as a copy, and moves it on; undefined at the end. */
  read(cursor: RingCursor): CapturedFrame | undefined {
    if (cursor.sequence >= this.#next.sequence) return undefined;
    const { slot } = cursor;
    const word = 2 * this.#after(slot, 1);
    const flags = this.#words[word] ?? 0;
    const lengthWord = this.#words[word + 1] ?? 0;
    const data = new Uint8Array(lengthWord & LENGTH_MASK);
    for (let index = 0; index < data.length; index++) data[index] = this.#bytes[this.#byteAt(slot, index)] ?? 0;
    const frame = {
      id: flags & ID_MASK,
      isExtended: (flags & EXTENDED) !== 0,
      isRemote: (flags & REMOTE) !== 0,
      data,
      ...((flags & FD) === 0 ? {} : { isFd: true, isBitrateSwitched: (lengthWord & SWITCHED) !== 0 }),
    };
    const timeMs = this.#times[slot] ?? 0;
    this.#moveOn(cursor);
    return { timeMs, frame };
  }

  #drop(): void {
    const { slot } = this.#oldest;
    this.#moveOn(this.#oldest);
    this.#usedSlots -= (this.#oldest.slot - slot + this.#slotCount) % this.#slotCount || this.#slotCount;
  }

  #moveOn(cursor: RingCursor): void {
    const lengthWord = this.#words[2 * this.#after(cursor.slot, 1) + 1] ?? 0;
    cursor.sequence++;
    cursor.slot = this.#after(cursor.slot, slotsFor(lengthWord & LENGTH_MASK));
  }

  #after(slot: number, count: number): number {
    const next = slot + count;
    return next < this.#slotCount ? next : next - this.#slotCount;
  }

  #byteAt(slot: number, index: number): number {
    return SLOT_BYTES * this.#after(slot, HEADER_SLOTS + (index >> 3)) + (index & 7);
  }
}

const SLOT_BYTES = 8;
const HEADER_SLOTS = 2;
const MAX_RECORD_SLOTS = HEADER_SLOTS + 8;
const ID_MASK = 0x1fff_ffff;
const EXTENDED = 0x2000_0000;
const REMOTE = 0x4000_0000;
const FD = 0x8000_0000;
const LENGTH_MASK = 0xff;
const SWITCHED = 0x100;

function slotsFor(length: number): number {
  return HEADER_SLOTS + ((length + 7) >> 3);
}
