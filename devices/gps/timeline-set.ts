import { CycleMemory } from './cycle-memory.ts';
import type { EpochDraft } from './epoch-draft.ts';
import type { GnssMessage, MessageOf } from './gnss-message.ts';
import { forwardMs } from './time-of-day.ts';
import { Timeline } from './timeline.ts';

/**
 * The timelines of all receivers on one line: nearly always one. A time that does not go on from the one before is that of another
 * receiver, or of one whose clock was set: either begins a timeline of its own, which knows nothing of the other's date.
 */
export class TimelineSet {
  readonly #cycles = new CycleMemory();
  readonly #giveOutDraft: (draft: EpochDraft, timeline: Timeline) => void;
  readonly #others: QuietTimeline[] = [];
  #active: Timeline;
  /** Epochs that the active timeline had gone through when it became active. */
  #turnsBefore = 0;
  #finishedLateMessages = 0;
  /** The last date that a ZDA stated for a time that no epoch has had yet. */
  #announcedDate: { readonly timeOfDayMs: number; readonly dateUnixMs: number } | undefined;

  constructor(giveOutDraft: (draft: EpochDraft, timeline: Timeline) => void) {
    this.#giveOutDraft = giveOutDraft;
    this.#active = new Timeline(this.#cycles, giveOutDraft);
  }

  /** The one that was heard last. */
  get active(): Timeline {
    return this.#active;
  }

  get lateMessages(): number {
    return this.#others.reduce(
      (sum, { timeline }) => sum + timeline.lateMessages,
      this.#finishedLateMessages + this.#active.lateMessages,
    );
  }

  /** Whether what states no time could be that of another receiver. */
  get isAmbiguous(): boolean {
    return this.#others.some(({ silentEpochs }) => silentEpochs + this.#activeTurns < AMBIGUOUS_EPOCHS);
  }

  /** Makes the timeline active that a message of that time goes on with. */
  activate(message: GnssMessage, keyMs: number, itowMs: number | undefined): Timeline {
    const isUbx = itowMs !== undefined;
    const active = this.#active;
    if (this.#others.length === 0) {
      if (active.isAt(message, keyMs, itowMs) || active.forwardMs(keyMs) <= MAX_GAP_MS) return active;
      return active.isClosed(keyMs, isUbx) ? active : this.#fork(keyMs);
    }
    this.#forgetSilent();
    const nearest = this.#findNearest(message, keyMs, itowMs) ?? this.#findClosed(keyMs, isUbx);
    if (nearest === undefined) return this.#fork(keyMs);
    if (nearest !== active) this.#switchTo(nearest);
    return nearest;
  }

  /** A ZDA states the date of the timeline that its time goes on with, and does not end the epoch there. */
  stateDate(zda: MessageOf<'ZDA'>, timeOfDayMs: number, dateUnixMs: number): void {
    const timeline = this.#findNearest(zda, timeOfDayMs, undefined) ?? this.#findClosed(timeOfDayMs, false);
    if (timeline === undefined) this.#announcedDate = { timeOfDayMs, dateUnixMs };
    else timeline.dates.state(timeOfDayMs, dateUnixMs);
  }

  flush(): void {
    for (const { timeline } of this.#others) timeline.flush();
    this.#active.flush();
  }

  /** Whose epoch under way, or whose next one, that is. */
  #findNearest(message: GnssMessage, keyMs: number, itowMs: number | undefined): Timeline | undefined {
    let nearest: Timeline | undefined;
    let nearestMs = MAX_GAP_MS + 1;
    for (const timeline of this.#all()) {
      const aheadMs = timeline.isAt(message, keyMs, itowMs) ? 0 : timeline.forwardMs(keyMs);
      if (aheadMs >= nearestMs) continue;
      nearest = timeline;
      nearestMs = aheadMs;
    }
    return nearest;
  }

  #findClosed(keyMs: number, isUbx: boolean): Timeline | undefined {
    return this.#all().find((timeline) => timeline.isClosed(keyMs, isUbx));
  }

  /** The active one first. */
  #all(): readonly Timeline[] {
    return [this.#active, ...this.#others.map(({ timeline }) => timeline)];
  }

  get #activeTurns(): number {
    return this.#active.turns - this.#turnsBefore;
  }

  /** The timeline so far is given out up to here: if it belongs to a receiver of its own, it will go on. */
  #fork(keyMs: number): Timeline {
    this.#active.finish();
    const timeline = new Timeline(this.#cycles, this.#giveOutDraft);
    const announced = this.#announcedDate;
    if (announced !== undefined && forwardMs(announced.timeOfDayMs, keyMs) <= MAX_GAP_MS) {
      timeline.dates.state(announced.timeOfDayMs, announced.dateUnixMs);
    }
    if (this.#others.length === MAX_QUIET_TIMELINES) this.#drop(this.#others[0]);
    this.#switchTo(timeline);
    return timeline;
  }

  #switchTo(timeline: Timeline): void {
    for (const other of this.#others) other.silentEpochs += this.#activeTurns;
    const index = this.#others.findIndex((other) => other.timeline === timeline);
    if (index >= 0) this.#others.splice(index, 1);
    this.#others.push({ timeline: this.#active, silentEpochs: 0 });
    this.#active = timeline;
    this.#turnsBefore = timeline.turns;
  }

  #forgetSilent(): void {
    for (const other of [...this.#others]) {
      const silentEpochs = other.silentEpochs + this.#activeTurns;
      if (silentEpochs >= AMBIGUOUS_EPOCHS) other.timeline.finish();
      if (silentEpochs >= FORGOTTEN_EPOCHS) this.#drop(other);
    }
  }

  #drop(other: QuietTimeline | undefined): void {
    if (other === undefined) return;
    other.timeline.finish();
    this.#finishedLateMessages += other.timeline.lateMessages;
    this.#others.splice(this.#others.indexOf(other), 1);
  }
}

interface QuietTimeline {
  readonly timeline: Timeline;
  /** Epochs that others have gone through since it was heard, without those of the active one. */
  silentEpochs: number;
}

/** A receiver may say nothing for so long and go on. */
const MAX_GAP_MS = 60_000;
/** A receiver that was heard within so many epochs of another may speak next. */
const AMBIGUOUS_EPOCHS = 3;
/** Enough for one of 1 Hz beside one of 25 Hz. */
const FORGOTTEN_EPOCHS = 64;
const MAX_QUIET_TIMELINES = 3;
