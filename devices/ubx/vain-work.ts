/**
 * Bounds the work that hostile input can cause. Headers one behind the other that each claim a long frame make a framer sum up the same bytes over
 * and over, in vain; what it may spend so comes back with the bytes that pass. Line noise never comes near the bound.
 *
 * It goes by offsets in the stream alone, so that chunks make no difference [S1].
 */
export class VainWork {
  #left = MAX_VAIN_BYTES;
  #offset = 0;

  /** Whether a frame of this size that begins at this offset may be summed up. Offsets must not fall. */
  allows(offset: number, sizeBytes: number): boolean {
    this.#left = Math.min(MAX_VAIN_BYTES, this.#left + (offset - this.#offset) * VAIN_BYTES_PER_BYTE);
    this.#offset = offset;
    return sizeBytes <= this.#left;
  }

  /** It was summed up in vain. */
  spend(sizeBytes: number): void {
    this.#left -= sizeBytes;
  }
}

/** What may be spent at once: a torn file or a bad minute on the line, but no flood. */
const MAX_VAIN_BYTES = 256 * 1024;
/** What comes back for each byte that passes. */
const VAIN_BYTES_PER_BYTE = 8;
