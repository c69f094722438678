import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { MAX_FILTER_RULES } from './filter-rule.ts';
import type { FilterChange, FilterMemory } from './shaper.ts';

/** What a memory takes at most when it is written down, and so about half of what it takes while it is in use. */
export const MAX_FILTER_MEMORY_BYTES = 16 * 1024;

/** Numbers that are remembered of one topic: at most two for each rule that matches it. */
export const MAX_REMEMBERED_VALUES = 2 * MAX_FILTER_RULES;

/** Why a memory that was written down cannot be used. */
export type MemoryRejection = 'unknown-version' | 'truncated' | 'too-many-values' | 'too-large';

/**
 * When each topic was forwarded last, and with what values; the one that was forwarded longest ago is forgotten first. What it holds
 * depends on nothing but the changes that were applied, so that it comes back the same after a restart.
 */
export class SentMemory implements FilterMemory {
  /** By the key of a topic; in the order of sending, which is the order of forgetting. */
  readonly #marks: Map<string, FilterChange>;
  #sizeBytes: number;

  constructor(marks: ReadonlyMap<string, FilterChange> = new Map()) {
    this.#marks = new Map(marks);
    this.#sizeBytes = HEAD_BYTES;
    for (const mark of marks.values()) this.#sizeBytes += markBytes(mark);
  }

  find(key: string): FilterChange | undefined {
    return this.#marks.get(key);
  }

  /** @returns whether another topic was forgotten for it */
  apply(change: FilterChange): boolean {
    const known = this.#marks.get(change.key);
    if (known !== undefined) {
      this.#marks.delete(change.key);
      this.#sizeBytes -= markBytes(known);
    }
    this.#marks.set(change.key, change);
    this.#sizeBytes += markBytes(change);
    let hasForgotten = false;
    for (const oldest of this.#marks.values()) {
      if (this.#sizeBytes <= MAX_FILTER_MEMORY_BYTES) break;
      this.#marks.delete(oldest.key);
      this.#sizeBytes -= markBytes(oldest);
      hasForgotten = true;
    }
    return hasForgotten;
  }

  fork(): SentMemory {
    return new SentMemory(this.#marks);
  }

  encode(maxBytes: number): Uint8Array | undefined {
    const marks = [...this.#marks.values()];
    let sizeBytes = HEAD_BYTES;
    let first = marks.length;
    for (; first > 0; first--) {
      const mark = marks[first - 1];
      if (mark === undefined || sizeBytes + markBytes(mark) > maxBytes) break;
      sizeBytes += markBytes(mark);
    }
    if (first === marks.length) return undefined;
    const bytes = Buffer.allocUnsafe(sizeBytes);
    let offset = bytes.writeUInt8(VERSION, 0);
    for (const mark of marks.slice(first)) offset = writeMark(bytes, offset, mark);
    return bytes;
  }
}

/** @returns the memory that {@link SentMemory.encode} wrote down; bytes that are none of it are refused as a whole */
export function decodeSentMemory(state: Uint8Array): Decoded<SentMemory, MemoryRejection> {
  if (state.length > MAX_FILTER_MEMORY_BYTES) return rejected('too-large');
  const bytes = Buffer.from(state.buffer, state.byteOffset, state.length);
  if (bytes[0] !== VERSION) return rejected('unknown-version');
  const marks = new Map<string, FilterChange>();
  for (let offset = HEAD_BYTES; offset < bytes.length; ) {
    const valueCount = offset + MARK_BYTES <= bytes.length ? bytes.readUInt8(offset + MARK_BYTES - 1) : undefined;
    if (valueCount === undefined || offset + MARK_BYTES + VALUE_BYTES * valueCount > bytes.length) {
      return rejected('truncated');
    }
    if (valueCount > MAX_REMEMBERED_VALUES) return rejected('too-many-values');
    const mark = readMark(bytes, offset, valueCount);
    marks.set(mark.key, mark);
    offset += markBytes(mark);
  }
  return decoded(new SentMemory(marks));
}

/**
 * How much later an event came than the one that is remembered: by the monotonic clock within a clock run, by the date between two.
 *
 * @returns Infinity where nobody knows, or where the date was set back: then it is forwarded
 */
export function elapsedMs(before: FilterChange, stamp: Stamp): number {
  const isSameRun = before.clockRun === stamp.clockRun;
  const ms = isSameRun ? stamp.monotonicMs - before.monotonicMs : datedMs(stamp) - before.wallMs;
  return ms >= 0 ? ms : Number.POSITIVE_INFINITY;
}

/** @returns NaN where the date rests on nothing */
export function datedMs({ quality, wallMs }: Stamp): number {
  return quality === 'none' ? Number.NaN : wallMs;
}

/**
 * One byte of version, then the marks, the oldest first: key (8 bytes), clock run (8), monotonic and wall milliseconds (8 each, IEEE 754,
 * little endian as all), count of values (1), the values (8 each).
 */
const VERSION = 1;
const HEAD_BYTES = 1;
const ID_BYTES = 8;
const VALUE_BYTES = 8;
const MARK_BYTES = 2 * ID_BYTES + 2 * VALUE_BYTES + 1;

function markBytes({ values }: FilterChange): number {
  return MARK_BYTES + VALUE_BYTES * values.length;
}

function writeMark(bytes: Buffer, start: number, { key, clockRun, monotonicMs, wallMs, values }: FilterChange): number {
  bytes.fill(0, start, start + 2 * ID_BYTES);
  bytes.write(key, start, ID_BYTES, 'hex');
  bytes.write(clockRun, start + ID_BYTES, ID_BYTES, 'hex');
  let offset = bytes.writeDoubleLE(monotonicMs, start + 2 * ID_BYTES);
  offset = bytes.writeDoubleLE(wallMs, offset);
  offset = bytes.writeUInt8(values.length, offset);
  for (const value of values) offset = bytes.writeDoubleLE(value, offset);
  return offset;
}

function readMark(bytes: Buffer, start: number, valueCount: number): FilterChange {
  const idAt = (offset: number) => bytes.toString('hex', offset, offset + ID_BYTES);
  const numberAt = (offset: number) => bytes.readDoubleLE(offset);
  const times = start + 2 * ID_BYTES;
  return {
    key: idAt(start),
    clockRun: idAt(start + ID_BYTES),
    monotonicMs: numberAt(times),
    wallMs: numberAt(times + VALUE_BYTES),
    values: Array.from({ length: valueCount }, (_, index) => numberAt(start + MARK_BYTES + VALUE_BYTES * index)),
  };
}
