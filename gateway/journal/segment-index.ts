import type { Stamp } from '#gateway/model/message.ts';
import { INDEX_STEP_BYTES } from './limits.ts';
import { QUALITIES } from './record-codec.ts';
import { BLOCK_BYTES } from './segment-header.ts';
import { WireReader, wireTag } from './wire-reader.ts';
import { WIRE_DELIMITED, WIRE_FIXED64, WIRE_VARINT, WireWriter } from './wire-writer.ts';

/** Where a frame stands, and what its first record is. */
export interface IndexEntry {
  readonly firstSequence: number;
  readonly offset: number;
  readonly stamp: Stamp;
}

/** Some frames of one segment, in order: the shortcut to a sequence or a time. See «Index» in `docs/journal-format.md`. */
export class SegmentIndex {
  readonly #entries: IndexEntry[] = [];
  #nextOffset = BLOCK_BYTES;

  get entries(): readonly IndexEntry[] {
    return this.#entries;
  }

  /** Whether the frame at this offset is far enough from the one before to be worth an entry. */
  wants(offset: number): boolean {
    return offset >= this.#nextOffset;
  }

  add(entry: IndexEntry): void {
    this.#entries.push(entry);
    this.#nextOffset = entry.offset + INDEX_STEP_BYTES;
  }

  /** The last entry at or before a sequence. */
  find(sequence: number): IndexEntry | undefined {
    return this.#entries.findLast(({ firstSequence }) => firstSequence <= sequence);
  }

  /** More than it will take with one entry more. */
  get boundBytes(): number {
    return (this.#entries.length + 1) * MAX_ENTRY_BYTES;
  }

  encode(): Buffer {
    const wire = new WireWriter(this.boundBytes);
    for (const { firstSequence, offset, stamp } of this.#entries) {
      const start = wire.beginMessage(ENTRIES_FIELD, MAX_ENTRY_BYTES);
      wire.uint(FIELD.firstSequence, firstSequence);
      wire.uint(FIELD.offset, offset);
      wire.fixed64(FIELD.clockRun, stamp.clockRun);
      wire.uint(FIELD.monotonicUs, Math.round(stamp.monotonicMs * 1000));
      wire.sint(FIELD.wallMs, Math.round(stamp.wallMs));
      wire.uint(FIELD.quality, QUALITIES.indexOf(stamp.quality));
      wire.endMessage(start, MAX_ENTRY_BYTES);
    }
    return wire.message();
  }

  /** The inverse of {@link encode}; entries from the first that makes no sense on are left out. */
  static decode(bytes: Buffer): SegmentIndex {
    const index = new SegmentIndex();
    const read = new WireReader(bytes);
    while (read.next()) {
      if (read.tag !== ENTRIES_TAG) {
        read.skip();
        continue;
      }
      const entry = decodeEntry(read.bytes());
      if (entry === undefined || !index.wants(entry.offset)) break;
      index.add(entry);
    }
    return index;
  }
}

function decodeEntry(bytes: Buffer): IndexEntry | undefined {
  const stamp = { clockRun: '', monotonicMs: 0, wallMs: 0, quality: QUALITIES[0] ?? 'none' };
  const entry = { firstSequence: 0, offset: 0, stamp };
  const read = new WireReader(bytes);
  while (read.next()) {
    if (read.tag === wireTag(FIELD.firstSequence, WIRE_VARINT)) entry.firstSequence = read.uint();
    else if (read.tag === wireTag(FIELD.offset, WIRE_VARINT)) entry.offset = read.uint();
    else if (read.tag === wireTag(FIELD.clockRun, WIRE_FIXED64)) stamp.clockRun = read.fixed64();
    else if (read.tag === wireTag(FIELD.monotonicUs, WIRE_VARINT)) stamp.monotonicMs = read.uint() / 1000;
    else if (read.tag === wireTag(FIELD.wallMs, WIRE_VARINT)) stamp.wallMs = read.sint();
    else if (read.tag === wireTag(FIELD.quality, WIRE_VARINT)) stamp.quality = QUALITIES[read.uint()] ?? 'none';
    else read.skip();
  }
  return read.rejection === undefined ? entry : undefined;
}

const FIELD = { firstSequence: 1, offset: 2, clockRun: 3, monotonicUs: 4, wallMs: 5, quality: 6 } as const;
const ENTRIES_FIELD = 1;
const ENTRIES_TAG = wireTag(ENTRIES_FIELD, WIRE_DELIMITED);
/** Tag and length, two sequences or offsets, a clock run, two times and a quality, each as long as it can be. */
const MAX_ENTRY_BYTES = 64;
