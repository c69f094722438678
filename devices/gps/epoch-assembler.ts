import { composeEpoch, type EpochTime } from './compose-epoch.ts';
import { CycleMemory } from './cycle-memory.ts';
import { EpochDraft } from './epoch-draft.ts';
import type { GnssEpoch } from './gnss-epoch.ts';
import type { GnssMessage } from './gnss-message.ts';
import { type DatedMoment, resolveDateUnixMs } from './utc-date.ts';

/**
 * Gathers the sentences of a receiver into epochs. An epoch is what was said of one UTC time, in any order and any selection.
 *
 * **Where a sentence belongs** follows from the sentences alone. One with a time belongs to the epoch of that time. One without (GSA,
 * VTG, and all of them while the receiver does not know the time) belongs to the epoch under way; but if that has such a sentence
 * already, a new cycle has begun, and the next time tells whose it is.
 *
 * **When an epoch is given out** is a matter of patience: when the next one begins, on {@link EpochAssembler.flush}, or as soon as the
 * {@link CycleMemory} says that nothing more will come. Patience changes nothing about where sentences belong. One that comes after its
 * epoch was given out is dropped and counted as late; it never makes a second epoch of the same time.
 */
export class EpochAssembler {
  /** The epoch under way. Stays here after it was given out, until the next one begins. */
  #current: EpochDraft | undefined;
  /** Sentences without a time that have begun a new cycle: the next time tells whether it is a new epoch. */
  #next: EpochDraft | undefined;
  #previousMoment: DatedMoment | undefined;
  #lateSentences = 0;
  readonly #closedTimesMs: number[] = [];
  readonly #cycles = new CycleMemory();

  /** Sentences dropped because their epoch had been given out. */
  get lateSentences(): number {
    return this.#lateSentences;
  }

  /** Of the epoch that began last, if it has stated its time. */
  get timeOfDayMs(): number | undefined {
    return this.#current?.timeOfDayMs;
  }

  /** The epochs that this sentence completes. */
  push(sentence: GnssMessage): readonly GnssEpoch[] {
    const timeOfDayMs = 'timeOfDayMs' in sentence ? sentence.timeOfDayMs : undefined;
    return timeOfDayMs === undefined ? this.#pushUntimed(sentence) : this.#pushTimed(sentence, timeOfDayMs);
  }

  /** The epoch under way: the input has ended, or its driver saw silence. */
  flush(): readonly GnssEpoch[] {
    const closed = this.#next?.tellsOfFix ? this.#turn() : [];
    return [...closed, ...this.#giveOut()];
  }

  #pushTimed(sentence: GnssMessage, timeOfDayMs: number): readonly GnssEpoch[] {
    const epochs: GnssEpoch[] = [];
    if (this.#current?.timeOfDayMs !== timeOfDayMs && this.#closedTimesMs.includes(timeOfDayMs)) {
      this.#lateSentences++;
      return epochs;
    }
    while (this.#current !== undefined && !isOpenTo(this.#current, timeOfDayMs)) epochs.push(...this.#turn());
    this.#current ??= new EpochDraft();
    this.#current.timeOfDayMs = timeOfDayMs;
    for (const early of this.#next?.sentences ?? []) this.#add(this.#current, early);
    this.#next = undefined;
    this.#add(this.#current, sentence);
    return [...epochs, ...this.#giveOutIfComplete()];
  }

  #pushUntimed(sentence: GnssMessage): readonly GnssEpoch[] {
    const epochs: GnssEpoch[] = [];
    if ((this.#next ?? this.#current)?.isRepeatedBy(sentence)) {
      if (this.#next === undefined && this.#current?.timeOfDayMs !== undefined) this.#next = new EpochDraft();
      else while (this.#current !== undefined) epochs.push(...this.#turn());
    }
    this.#current ??= new EpochDraft();
    this.#add(this.#next ?? this.#current, sentence);
    return [...epochs, ...this.#giveOutIfComplete()];
  }

  #add(draft: EpochDraft, sentence: GnssMessage): void {
    // A late sentence still joins its draft: that is how its cycle is learned.
    if (!draft.add(sentence) || draft.isGivenOut) this.#lateSentences++;
  }

  /** Ends the epoch under way for good and goes on to the next. */
  #turn(): readonly GnssEpoch[] {
    const draft = this.#current;
    const epochs = this.#giveOut();
    if (draft !== undefined) {
      if (!draft.isGivenOut) this.#dateEpoch(draft);
      if (draft.timeOfDayMs !== undefined) this.#closedTimesMs.push(draft.timeOfDayMs);
      if (this.#closedTimesMs.length > REMEMBERED_TIMES) this.#closedTimesMs.shift();
      this.#cycles.learn(draft.cycle);
    }
    this.#current = this.#next;
    this.#next = undefined;
    return epochs;
  }

  #giveOutIfComplete(): readonly GnssEpoch[] {
    const isComplete = this.#current !== undefined && this.#cycles.isTrustedEnd(this.#current.cycle);
    return isComplete ? this.#giveOut() : [];
  }

  #giveOut(): readonly GnssEpoch[] {
    const draft = this.#current;
    if (draft === undefined || draft.isGivenOut || !draft.tellsOfFix) return [];
    draft.isGivenOut = true;
    return [composeEpoch(draft.sentences, this.#dateEpoch(draft))];
  }

  #dateEpoch(draft: EpochDraft): EpochTime {
    const { timeOfDayMs, statedDateUnixMs } = draft;
    if (timeOfDayMs === undefined) return {};
    const dateUnixMs = resolveDateUnixMs(this.#previousMoment, timeOfDayMs, statedDateUnixMs);
    if (dateUnixMs === undefined) return { timeOfDayMs };
    this.#previousMoment = { timeOfDayMs, dateUnixMs };
    return { timeOfDayMs, unixMs: dateUnixMs + timeOfDayMs };
  }
}

/** Closed epochs whose late sentences are recognised: enough for two receivers on one line that alternate. */
const REMEMBERED_TIMES = 8;

/** A draft with nothing but sentences without a time takes the first time that comes. */
function isOpenTo(draft: EpochDraft, timeOfDayMs: number): boolean {
  return draft.timeOfDayMs === undefined ? !draft.tellsOfFix : draft.timeOfDayMs === timeOfDayMs;
}
