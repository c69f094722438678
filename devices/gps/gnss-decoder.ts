import { decodeGnssLine } from '#devices/nmea0183/gnss-sentence.ts';
import { LineFramer } from '#devices/nmea0183/line-framer.ts';
import { MAX_SENTENCE_CHARS } from '#devices/nmea0183/nmea-sentence.ts';
import { EpochAssembler } from './epoch-assembler.ts';
import type { GnssEpoch } from './gnss-epoch.ts';

/**
 * The bytes of a satellite receiver to its epochs: lines, then sentences (`nmea-sentence.ts`), then what each says (`rmc.ts`, `gga.ts`
 * and their like), then one {@link GnssEpoch} per moment (`epoch-assembler.ts`). Each step is a file that can be read by itself.
 *
 * It owns no port, no clock and no timer, and never lends a receiver the host's date [S5]. The same bytes give the same epochs in
 * any chunking [S1]. One decoder serves one opening of a port: what it remembers (the date above all) must not outlive an unplug.
 */
export class GnssDecoder {
  readonly #framer = new LineFramer(MAX_SENTENCE_CHARS);
  readonly #assembler = new EpochAssembler();
  readonly #refusedLines: Record<string, number> = {};
  readonly #messageCounts = { nmea0183: 0 };

  /** The epochs that this chunk completes. */
  push(chunk: Uint8Array): readonly GnssEpoch[] {
    return this.#framer.push(chunk).flatMap((line) => this.#pushLine(line));
  }

  /**
   * The input has ended, or the receiver has been silent for longer than within an epoch: gives out the epoch under way.
   * A line without its line ending is taken as it stands; cut by the silence, it is lost.
   */
  flush(): readonly GnssEpoch[] {
    const epochs = this.#framer.flush().flatMap((line) => this.#pushLine(line));
    return [...epochs, ...this.#assembler.flush()];
  }

  /** Of the epoch that began last, since midnight UTC: tells when its first bytes came. Absent until it has stated it. */
  get timeOfDayMs(): number | undefined {
    return this.#assembler.timeOfDayMs;
  }

  /** Messages that came whole, by protocol, also those that say nothing of an epoch: they prove that the port is set as the receiver is. */
  get messageCounts(): Readonly<Record<string, number>> {
    return this.#messageCounts;
  }

  /**
   * What was refused since the start, by reason: lines and sentences by the reason of their decoder, `late-sentence` for sentences of an
   * epoch that had been given out, and, in bytes, `discarded-bytes` that belonged to no line.
   */
  get rejections(): Readonly<Record<string, number>> {
    return {
      ...this.#refusedLines,
      ...nonZero('late-sentence', this.#assembler.lateMessages),
      ...nonZero('ambiguous-sentence', this.#assembler.ambiguousMessages),
      ...nonZero('discarded-bytes', this.#framer.discardedBytes),
    };
  }

  #pushLine(line: string): readonly GnssEpoch[] {
    const sentence = decodeGnssLine(line);
    if (sentence === undefined || sentence.isDecoded) this.#messageCounts.nmea0183++;
    if (sentence === undefined) return [];
    if (sentence.isDecoded) return this.#assembler.push(sentence.value);
    this.#refusedLines[sentence.reason] = (this.#refusedLines[sentence.reason] ?? 0) + 1;
    return [];
  }
}

function nonZero(reason: string, count: number): Readonly<Record<string, number>> {
  return count === 0 ? {} : { [reason]: count };
}
