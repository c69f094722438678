import type { CycleMemory } from './cycle-memory.ts';
import { DateKeeper } from './date-keeper.ts';
import { EpochDraft, isNear } from './epoch-draft.ts';
import type { GnssEpoch } from './gnss-epoch.ts';
import type { GnssMessage } from './gnss-message.ts';
import { isContested } from './rival-receivers.ts';
import { forwardMs } from './time-of-day.ts';

/**
 * The epochs of one receiver in the order of their times: each is what was said of one time, in any order and any selection.
 *
 * **Where a message belongs** follows from the messages alone. One with a time belongs to the epoch of that time. One without (GSA,
 * VTG, and all of them while the receiver does not know the time) belongs to the epoch under way; but if that has such a message
 * already, a new cycle has begun, and the next time tells whose it is.
 *
 * **When an epoch is given out** is a matter of patience: when the next one begins, on {@link Timeline.flush}, or as soon as the
 * {@link CycleMemory} says that nothing more will come. Patience changes nothing about where messages belong. One that comes after its
 * epoch was given out is dropped and counted as late; it never makes a second epoch of the same time.
 */
export class Timeline {
  readonly dates = new DateKeeper();
  /** The epoch that was given out last, and the last one with a fix. */
  previous: GnssEpoch | undefined;
  previousFix: GnssEpoch | undefined;
  readonly #cycles: CycleMemory;
  readonly #giveOutDraft: (draft: EpochDraft, timeline: Timeline) => void;
  /** The epoch under way. Stays here after it was given out, until the next one begins. */
  #current: EpochDraft | undefined;
  /** Messages without a time that have begun a new cycle: the next time tells whether it is a new epoch. */
  #next: EpochDraft | undefined;
  /** Of epochs that are over, for their late messages. */
  readonly #closedKeysMs: number[] = [];
  #lateMessages = 0;
  #turns = 0;
  /** Recent epochs, and those of them with an RMC. */
  #habitEpochs = 0;
  #habitRmcs = 0;

  /** @param giveOutDraft gets every epoch once, as it was when it was complete */
  constructor(cycles: CycleMemory, giveOutDraft: (draft: EpochDraft, timeline: Timeline) => void) {
    this.#cycles = cycles;
    this.#giveOutDraft = giveOutDraft;
  }

  get current(): EpochDraft | undefined {
    return this.#current;
  }

  /** Messages dropped because their epoch had been given out. */
  get lateMessages(): number {
    return this.#lateMessages;
  }

  /** Epochs that are over. */
  get turns(): number {
    return this.#turns;
  }

  /** Whether the receiver says RMC in most epochs: one without has lost it on the way, and maybe more. */
  get isRmcUsual(): boolean {
    return this.#habitRmcs > USUAL_SHARE * this.#habitEpochs;
  }

  /** How far a time lies ahead of the latest epoch that had one, 0 up to but without a day; 0 while none had. */
  forwardMs(keyMs: number): number {
    const latestMs = this.#current?.keyMs ?? this.#closedKeysMs.at(-1);
    return latestMs === undefined ? 0 : forwardMs(latestMs, keyMs);
  }

  /** Whether the epoch under way is of that time. */
  isAt(message: GnssMessage, keyMs: number, itowMs: number | undefined): boolean {
    return this.#current?.isAt(message, keyMs, itowMs) === true;
  }

  /** Whether the epoch of that time is over. */
  isClosed(keyMs: number, isUbx: boolean): boolean {
    for (const closedMs of this.#closedKeysMs) {
      if (closedMs === keyMs || (isUbx && isNear(closedMs, keyMs))) return true;
    }
    return false;
  }

  /** Takes a message that states its time: of day, of week, or both. */
  pushTimed(message: GnssMessage, keyMs: number, itowMs: number | undefined): void {
    if (!this.isAt(message, keyMs, itowMs)) {
      if (this.isClosed(keyMs, itowMs !== undefined)) {
        this.#lateMessages++;
        return;
      }
      // A draft with nothing but messages without a time takes the first time that comes.
      while (this.#current !== undefined && (this.#current.keyMs !== undefined || this.#current.tellsOfFix))
        this.#turn();
    }
    this.#current ??= this.#begin();
    if (this.#current.keyMs === undefined || isUtcStated(message)) this.#current.keyMs = keyMs;
    if (itowMs !== undefined) this.#current.itowMs = itowMs;
    for (const early of this.#next?.messages ?? []) this.#add(this.#current, early);
    this.#next = undefined;
    this.#add(this.#current, message);
    if (this.#current.cycle.isTrustedEnd) this.giveOut();
  }

  /**
   * Whether a message without a time is another receiver's of the same name: it says again what the epoch under way has, and that has
   * the places of two. It must not lead the next epoch, which may be of one of them only.
   */
  isOfRival(message: GnssMessage): boolean {
    const current = this.#current;
    if (this.#next !== undefined || current?.keyMs === undefined) return false;
    return current.isRepeatedBy(message) && isContested(current.messages);
  }

  pushUntimed(message: GnssMessage): void {
    if ((this.#next ?? this.#current)?.isRepeatedBy(message)) {
      if (this.#next === undefined && this.#current?.keyMs !== undefined) this.#next = this.#begin();
      else while (this.#current !== undefined) this.#turn();
    }
    this.#current ??= this.#begin();
    this.#add(this.#next ?? this.#current, message);
    if (this.#current.cycle.isTrustedEnd) this.giveOut();
  }

  /** Gives out the epoch under way: the input has ended, or its driver saw silence. */
  flush(): void {
    if (this.#next?.tellsOfFix) this.#turn();
    this.giveOut();
  }

  /** Ends the epoch under way for good: its receiver has gone over to another time, or has fallen silent. */
  finish(): void {
    while (this.#current !== undefined) this.#turn();
  }

  /** Gives out the epoch under way as it is, unless it was. */
  giveOut(): void {
    const draft = this.#current;
    if (draft === undefined || draft.isGivenOut || !draft.tellsOfFix) return;
    draft.isGivenOut = true;
    this.#giveOutDraft(draft, this);
  }

  #begin(): EpochDraft {
    return new EpochDraft(this.#cycles.start);
  }

  #add(draft: EpochDraft, message: GnssMessage): void {
    // A late message still joins its draft: that is how its cycle is learned.
    const hasRoom = draft.add(message, this.#cycles.follow(draft.cycle, message));
    if (draft.isGivenOut || !hasRoom) this.#lateMessages++;
    // The clock of the receiver stands still.
    if (!hasRoom && draft === this.#current) this.giveOut();
  }

  #turn(): void {
    const draft = this.#current;
    this.giveOut();
    if (draft !== undefined) {
      if (draft.keyMs !== undefined) {
        if (!draft.isGivenOut) this.dates.advance(draft.keyMs);
        this.#closedKeysMs.push(draft.keyMs);
        if (this.#closedKeysMs.length > REMEMBERED_TIMES) this.#closedKeysMs.shift();
      }
      this.#cycles.learn(draft.cycle);
      this.#turns++;
      this.#noteHabit(draft);
    }
    this.#current = this.#next;
    this.#next = undefined;
  }

  #noteHabit(draft: EpochDraft): void {
    this.#habitEpochs++;
    if (draft.messages.some(({ type }) => type === 'RMC')) this.#habitRmcs++;
    if (this.#habitEpochs < RECENT_EPOCHS) return;
    this.#habitEpochs /= 2;
    this.#habitRmcs /= 2;
  }
}

/** Closed epochs whose late messages are recognised. */
const REMEMBERED_TIMES = 8;

/** Of the epochs of a bad line: one that says RMC in every third only is not counted among those that always do. */
const USUAL_SHARE = 0.35;
const RECENT_EPOCHS = 64;

/** What a message says itself goes before what its time of week stands for. */
function isUtcStated(message: GnssMessage): boolean {
  return (message.type === 'NAV-PVT' || message.type === 'NAV-TIMEUTC') && message.timeOfDayMs !== undefined;
}
