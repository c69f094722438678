/**
 * Cuts a stream of zstd frames, written one behind the other, into frames, by the lengths that stand in them.
 *
 * @see RFC 8878, section 3.1
 */
export class ZstdFrames {
  #buffer = Buffer.alloc(FIRST_BUFFER_BYTES);
  #sizeBytes = 0;

  /**
   * @returns the frames that are whole now
   * @throws FrameFault where no frame begins, or one grows beyond {@link MAX_FRAME_BYTES}
   */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#append(chunk);
    const frames: Uint8Array[] = [];
    let start = 0;
    for (;;) {
      const length = frameLength(this.#buffer.subarray(start, this.#sizeBytes));
      if (length === undefined) break;
      frames.push(Uint8Array.prototype.slice.call(this.#buffer, start, start + length));
      start += length;
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

/** How long the frame at the start of `bytes` is; undefined while it has not come whole. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < MAGIC_BYTES) return undefined;
  const magic = bytes.readUInt32LE(0);
  if (magic !== MAGIC) throw new FrameFault('no zstd frame begins there');
  const head = bytes[MAGIC_BYTES];
  if (head === undefined) return undefined;
  const hasChecksum = (head & 0b100) !== 0;
  for (let at = MAGIC_BYTES + headerBytes(head); at + BLOCK_HEADER_BYTES <= bytes.length; ) {
    const block = bytes.readUIntLE(at, BLOCK_HEADER_BYTES);
    const type = (block >> 1) & 0b11;
    if (type === RESERVED_BLOCK) throw new FrameFault('a block is of a kind that zstd does not have');
    // A repeated byte stands once.
    at += BLOCK_HEADER_BYTES + (type === REPEATED_BYTE ? 1 : block >> 3);
    if ((block & 1) === 0) continue;
    const end = at + (hasChecksum ? CHECKSUM_BYTES : 0);
    return end <= bytes.length ? end : undefined;
  }
  return undefined;
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
const CHECKSUM_BYTES = 4;
