import { LineFramer } from '#devices/nmea0183/line-framer.ts';
import { MAX_SENTENCE_CHARS } from '#devices/nmea0183/nmea-sentence.ts';
import { SentenceDecoder } from '#devices/nmea0183/sentence-decoder.ts';
import { EpochAssembler } from './epoch-assembler.ts';
import type { GnssEpoch } from './gnss-epoch.ts';

/**
 * The bytes of a satellite receiver to its epochs: lines, then what the sentence in each says (`sentence-decoder.ts`, `rmc.ts`, `gga.ts`
 * and their like), then one {@link GnssEpoch} per moment (`epoch-assembler.ts`). Each step is a file that can be read by itself.
 *
 * It owns no port, no clock and no timer, and never lends a receiver the host's date [S5]. The same bytes give the same epochs in
 * any chunking [S1]. One decoder serves one opening of a port: what it remembers (the date above all) must not outlive an unplug.
 */
export class GnssDecoder {
  readonly #assembler = new EpochAssembler();
  readonly #sentences = new SentenceDecoder((sentence) => {
    for (const epoch of this.#assembler.push(sentence)) this.#epochs.push(epoch);
  });
  readonly #framer = new LineFramer(MAX_SENTENCE_CHARS, (bytes, start, end) =>
    this.#sentences.decode(bytes, start, end),
  );
  /** Completed since the last call. */
  #epochs: GnssEpoch[] = [];

  /** The epochs that this chunk completes. */
  push(chunk: Uint8Array): readonly GnssEpoch[] {
    this.#framer.push(chunk);
    return this.#takeEpochs();
  }

  /**
   * The input has ended, or the receiver has been silent for longer than within an epoch: gives out the epoch under way.
   * A line without its line ending is taken as it stands; cut by the silence, it is lost.
   */
  flush(): readonly GnssEpoch[] {
    this.#framer.flush();
    this.#sentences.flush();
    return [...this.#takeEpochs(), ...this.#assembler.flush()];
  }

  /** Of the epoch that began last, since midnight UTC: tells when its first bytes came. Absent until it has stated it. */
  get timeOfDayMs(): number | undefined {
    return this.#assembler.timeOfDayMs;
  }

  /** Messages that came whole, by protocol, also those that say nothing of an epoch: they prove that the port is set as the receiver is. */
  get messageCounts(): Readonly<Record<string, number>> {
    return { nmea0183: this.#sentences.soundLines };
  }

  /**
   * What was refused since the start, by reason: lines, sentences and fields by the reason of their decoder, `late-sentence` for sentences of
   * an epoch that had been given out, and, in bytes, `discarded-bytes` that belonged to no line.
   */
  get rejections(): Readonly<Record<string, number>> {
    return {
      ...this.#sentences.counts,
      ...nonZero('late-sentence', this.#assembler.lateMessages),
      ...nonZero('ambiguous-sentence', this.#assembler.ambiguousMessages),
      ...nonZero('discarded-bytes', this.#framer.discardedBytes),
    };
  }

  #takeEpochs(): readonly GnssEpoch[] {
    const epochs = this.#epochs;
    this.#epochs = [];
    return epochs;
  }
}

function nonZero(reason: string, count: number): Readonly<Record<string, number>> {
  return count === 0 ? {} : { [reason]: count };
}
