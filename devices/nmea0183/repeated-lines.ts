import type { GnssSentence } from './gnss-sentence.ts';
import { checksumOf } from './line-checksum.ts';
import { MAX_SENTENCE_CHARS } from './nmea-sentence.ts';

/**
 * Remembers lines that receivers send over and over, word by word: the pages of GSV and the GSA of several epochs a second, of which the
 * sky changes only now and then. Neither checksum nor fields need be read again, and what they say is the same object as before.
 *
 * One line for each checksum: what has the same checksum and is not the same takes its place. Memory is bounded by that.
 */
export class RepeatedLines {
  readonly #lines: (RememberedLine | undefined)[] = new Array<undefined>(CHECKSUMS).fill(undefined);

  /** What the line, checksum and all, said when it came before; undefined if it did not, or was forgotten. */
  recall(bytes: Uint8Array, start: number, end: number): GnssSentence | undefined {
    const line = this.#lines[checksumOf(bytes, end)];
    if (line === undefined || line.length !== end - start) return undefined;
    for (let index = 0; index < line.length; index++) {
      if (line.bytes[index] !== bytes[start + index]) return undefined;
    }
    return line.sentence;
  }

  /** Takes note of a line whose checksum is right. */
  remember(bytes: Uint8Array, start: number, end: number, sentence: GnssSentence): void {
    const checksum = checksumOf(bytes, end);
    const line = this.#lines[checksum] ?? { bytes: new Uint8Array(MAX_SENTENCE_CHARS), length: 0, sentence };
    for (let index = start; index < end; index++) line.bytes[index - start] = bytes[index] ?? 0;
    line.length = end - start;
    line.sentence = sentence;
    this.#lines[checksum] = line;
  }
}

interface RememberedLine {
  readonly bytes: Uint8Array;
  length: number;
  sentence: GnssSentence;
}

const CHECKSUMS = 256;
