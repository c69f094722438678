/**
 * Cuts a stream of zstd frames, written one behind the other, into frames, by the lengths that stand in them.
 *
 * @see RFC 8878, section 3.1
 */
export class ZstdFrames {
  #buffer = Buffer.alloc(FIRST_BUFFER_BYTES);
  #sizeBytes = 0;
  /** Of the frame at the start: the blocks before this offset have come. Each is looked at once, in however many pieces they come. */
  #measuredBytes = 0;

  /**
   * @returns the frames that are whole now
   * @throws FrameFault where no frame begins, or one grows beyond {@link MAX_FRAME_BYTES}
   */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#append(chunk);
    const frames: Uint8Array[] = [];
    let start = 0;
    for (;;) {
      const { isWhole, sizeBytes } = measureFrame(this.#buffer.subarray(start, this.#sizeBytes), this.#measuredBytes);
      this.#measuredBytes = isWhole ? 0 : sizeBytes;
      if (!isWhole) break;
      frames.push(Uint8Array.prototype.slice.call(this.#buffer, start, start + sizeBytes));
      start += sizeBytes;
    }
    this.#buffer.copyWithin(0, start, this.#sizeBytes);
    this.#sizeBytes -= start;
    if (this.#sizeBytes > MAX_FRAME_BYTES) throw new FrameFault(`a frame is longer than ${MAX_FRAME_BYTES} bytes`);
    return frames;
  }

  /** Bytes of a frame that has not come whole. */
  get pendingBytes(): number {
    return this.#sizeBytes;
  }

  #append(chunk: Uint8Array): void {
    const neededBytes = this.#sizeBytes + chunk.length;
    if (neededBytes > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(neededBytes, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#sizeBytes);
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#sizeBytes);
    this.#sizeBytes = neededBytes;
  }
}

const FIRST_BUFFER_BYTES = 64 * 1024;

/** What is there is not zstd. */
export class FrameFault extends Error {}

/** A gateway sends none that is longer: what one publish may take. */
export const MAX_FRAME_BYTES = 32 * 2 ** 20;

/** How long a frame is, or what of it is measured while it has not come whole: up to the header of a block. */
interface FrameMeasure {
  readonly isWhole: boolean;
  readonly sizeBytes: number;
}

/** @param measuredBytes what is known of it from before, 0 for nothing */
function measureFrame(bytes: Buffer, measuredBytes: number): FrameMeasure {
  const nothing = { isWhole: false, sizeBytes: 0 };
  if (bytes.length < MAGIC_BYTES) return nothing;
  if (bytes.readUInt32LE(0) !== MAGIC)
    throw new FrameFault(
      'no zstd frame begins there; `mosquitto_sub` ends each payload with a line end unless it is told -N',
    );
  const head = bytes[MAGIC_BYTES];
  if (head === undefined) return nothing;
  let at = measuredBytes === 0 ? MAGIC_BYTES + headerBytes(head) : measuredBytes;
  while (at + BLOCK_HEADER_BYTES <= bytes.length) {
    const block = bytes.readUIntLE(at, BLOCK_HEADER_BYTES);
    const type = (block >> 1) & 0b11;
    if (type === RESERVED_BLOCK) throw new FrameFault('a block is of a kind that zstd does not have');
    // A repeated byte stands once.
    const next = at + BLOCK_HEADER_BYTES + (type === REPEATED_BYTE ? 1 : block >> 3);
    if ((block & 1) === 1) {
      const end = next + ((head & HAS_CHECKSUM) === 0 ? 0 : CHECKSUM_BYTES);
      return end <= bytes.length ? { isWhole: true, sizeBytes: end } : { isWhole: false, sizeBytes: at };
    }
    at = next;
  }
  return { isWhole: false, sizeBytes: at };
}

/** Descriptor, window, dictionary, content size. */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0b10_0000) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0b11] ?? 0;
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return 1 + (isSingleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes;
}

const MAGIC = 0xfd2f_b528;
const MAGIC_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const REPEATED_BYTE = 1;
const RESERVED_BLOCK = 3;
const HAS_CHECKSUM = 0b100;
const CHECKSUM_BYTES = 4;
