/** Bytes that no reader may take for a reading, and how long a silence lasts. */

/** How long `silence` lasts unless it says so. */
export const DEFAULT_SILENCE_MS = 5_000;

/**
 * Line noise, and then a piece whose content has been damaged, as a bad contact leaves it.
 *
 * @param piece a sentence or frame with its line ending, which a reader must reject: one of its digits is replaced
 * @param random uniform in [0, 1)
 */
export function composeGarbage(piece: Uint8Array, random: () => number): Uint8Array {
  const noise = Uint8Array.from({ length: NOISE_BYTES }, () => 0x80 + Math.floor(random() * 0x80));
  const damaged = Uint8Array.from(piece);
  const middle = Math.floor(piece.length / 2);
  // A frame may hold any byte there.
  damaged[middle] = piece[middle] === NO_DIGIT ? NO_DIGIT + 1 : NO_DIGIT;
  const lineEnding = piece.subarray(piece.at(-1) === LF ? -2 : -1);
  return Buffer.concat([noise, lineEnding, damaged]);
}

const NOISE_BYTES = 120;
const LF = 0x0a;
/** Printable, and in no checksum, number or hex digit where it will stand. */
const NO_DIGIT = 0x3f;
