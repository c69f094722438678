import type { GnssSentence } from '#devices/nmea0183/gnss-sentence.ts';
import { vouchesForFix } from './compose-epoch.ts';

/** An epoch in the making: the sentences said to belong to one time, or to one cycle of a receiver that does not state the time. */
export class EpochDraft {
  /** Unknown until a sentence states it. */
  timeOfDayMs: number | undefined;
  /** Once given out an epoch does not change any more. */
  isGivenOut = false;
  readonly #sentences: GnssSentence[] = [];

  get sentences(): readonly GnssSentence[] {
    return this.#sentences;
  }

  /** Addresses in the order of their coming. */
  get cycle(): readonly string[] {
    return this.#sentences.map(addressOf);
  }

  /** Without a word on the fix there is no epoch: time alone, or satellites alone, are none. */
  get tellsOfFix(): boolean {
    return this.#sentences.some((sentence) => vouchesForFix(sentence) !== undefined);
  }

  /** Midnight UTC of the date that its sentences state, Unix milliseconds. */
  get statedDateUnixMs(): number | undefined {
    const dates = this.#sentences.map((sentence) => ('dateUnixMs' in sentence ? sentence.dateUnixMs : undefined));
    return dates.find((dateUnixMs) => dateUnixMs !== undefined);
  }

  /** @returns false if there is no room */
  add(sentence: GnssSentence): boolean {
    if (this.#sentences.length === MAX_EPOCH_SENTENCES) return false;
    this.#sentences.push(sentence);
    return true;
  }

  /** Whether the sentence shows that a new cycle has begun. Only GSA comes several times in a cycle, one straight after the other. */
  isRepeatedBy(sentence: GnssSentence): boolean {
    if (sentence.type === 'GSA' && this.#sentences.at(-1)?.type === 'GSA') return false;
    return this.#sentences.some((earlier) => addressOf(earlier) === addressOf(sentence));
  }
}

/** Seven types from a few talkers, GSA once per satellite system: real receivers send at most a dozen. */
export const MAX_EPOCH_SENTENCES = 64;

function addressOf(sentence: GnssSentence): string {
  return sentence.talker + sentence.type;
}
