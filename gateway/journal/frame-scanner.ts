import {
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  type FrameHeader,
  type FrameRejection,
  isBodyIntact,
  parseFrameHeader,
} from './frame.ts';
import { READ_CHUNK_BYTES } from './limits.ts';
import { readAround } from './read-around.ts';
import type { Segment } from './segment.ts';
import { BLOCK_BYTES } from './segment-header.ts';
import type { StorageFile } from './storage.ts';

/** A frame whose checksums hold. */
export interface ScannedFrame {
  readonly header: FrameHeader;
  readonly offset: number;
  readonly endOffset: number;
  readonly stored: Buffer;
  /** Why the bytes before it were passed over, if any were [J5]. */
  readonly damage: FrameFault | undefined;
}

/** Why there is no frame at an offset. `unreadable`: the disk does not give what may have been one. */
export type FrameFault = FrameRejection | 'stale' | 'unreadable';

/** What a scanner must know of a segment. */
interface ScannedSegment extends Pick<Segment, 'endOffset'> {
  readonly header: Pick<Segment['header'], 'sizeBytes'>;
  /** Undefined where the salt is lost: then frames are found that nobody may believe. */
  readonly saltChecksum: number | undefined;
}

/**
 * Walks over the frames of one segment file, from an offset where a frame begins to the end of what is valid.
 * Bytes that are no frame are passed over if a valid frame of a higher sequence follows; else the frames end before them [J4].
 */
export class FrameScanner {
  readonly #file: StorageFile;
  readonly #segment: ScannedSegment;
  readonly #limitOffset: number;
  #lastSequence: number;
  #offset: number;
  #window: Buffer = Buffer.alloc(0);
  #windowOffset = 0;
  /** Where the last block ends that the disk did not give. */
  #unreadableEnd = 0;

  constructor(
    file: StorageFile,
    segment: ScannedSegment,
    from: { readonly offset: number; readonly lastSequence: number },
  ) {
    this.#file = file;
    this.#segment = segment;
    this.#limitOffset = segment.endOffset ?? segment.header.sizeBytes - BLOCK_BYTES;
    this.#offset = from.offset;
    this.#lastSequence = from.lastSequence;
  }

  /** Where the next frame is expected; after {@link next} gave undefined, where the frames end. */
  get offset(): number {
    return this.#offset;
  }

  /** Why the frames end where they do; set once {@link next} gave undefined. */
  endReason: FrameFault = 'end';

  async next(): Promise<ScannedFrame | undefined> {
    const found = await this.#frameAt(this.#offset);
    const frame = typeof found === 'string' ? await this.#findFrame(this.#offset + 1, found) : found;
    if (frame === undefined) {
      if (typeof found === 'string') this.endReason = this.#isUnreadable ? 'unreadable' : found;
      return undefined;
    }
    this.#offset = frame.endOffset;
    this.#lastSequence = frame.header.firstSequence + frame.header.recordCount - 1;
    return frame;
  }

  async #frameAt(offset: number): Promise<ScannedFrame | FrameFault> {
    const header = parseFrameHeader(await this.#bytesAt(offset, FRAME_HEADER_BYTES), this.#segment.saltChecksum);
    if (typeof header === 'string') return header;
    if (header.firstSequence <= this.#lastSequence) return 'stale';
    const sizeBytes = FRAME_HEADER_BYTES + header.storedBytes;
    const frame = (await this.#bytesAt(offset, sizeBytes)).subarray(0, sizeBytes);
    if (frame.length < sizeBytes) return 'truncated';
    if (!isBodyIntact(frame, header.storedBytes)) return 'wrong-checksum';
    const stored = frame.subarray(FRAME_HEADER_BYTES);
    return { header, offset, endOffset: offset + sizeBytes, stored, damage: undefined };
  }

  /** The first valid frame at or after `from`. */
  async #findFrame(from: number, reason: FrameFault): Promise<ScannedFrame | undefined> {
    let offset = from;
    for (;;) {
      const bytes = await this.#bytesAt(offset, FRAME_HEADER_BYTES);
      if (bytes.length < FRAME_HEADER_BYTES) return undefined;
      const hit = bytes.indexOf(FRAME_MAGIC);
      if (hit === -1) {
        // The magic may lie across the end of what was read.
        offset += bytes.length - FRAME_MAGIC.length + 1;
        continue;
      }
      const found = await this.#frameAt(offset + hit);
      if (typeof found !== 'string') return { ...found, damage: this.#isUnreadable ? 'unreadable' : reason };
      offset += hit + 1;
    }
  }

  /** Whether the disk did not give something behind the last frame. */
  get #isUnreadable(): boolean {
    return this.#unreadableEnd > this.#offset;
  }

  /** At least `sizeBytes` from `offset` on, and what else has been read; fewer only at the end. */
  async #bytesAt(offset: number, sizeBytes: number): Promise<Buffer> {
    const start = offset - this.#windowOffset;
    const isInWindow = start >= 0 && start + sizeBytes <= this.#window.length;
    if (!isInWindow) {
      const wanted = Math.min(Math.max(sizeBytes, READ_CHUNK_BYTES), this.#limitOffset - offset);
      if (wanted <= 0) return Buffer.alloc(0);
      const target = Buffer.allocUnsafe(wanted);
      const { sizeBytes: readBytes, unreadableEnd } = await readAround(this.#file, target, offset);
      this.#window = target.subarray(0, readBytes);
      this.#unreadableEnd = unreadableEnd ?? this.#unreadableEnd;
      this.#windowOffset = offset;
    }
    return this.#window.subarray(offset - this.#windowOffset);
  }
}
