import type { CanBusState } from '#devices/can/can-error-frame.ts';
import type { SlcanCommand } from '#devices/can/slcan/slcan-command.ts';
import { SLCAN_STATUS_FLAGS, type SlcanAnswer } from '#devices/can/slcan/slcan-item.ts';
import type { CanAdapterStatus, SlcanProfile } from '#gateway/model/status.ts';
import { LineLoad } from './line-load.ts';
import { type BusSettings, openingCommands, profileOf } from './slcan-profile.ts';

/** How often an adapter that has flags is asked for them. */
export const POLL_INTERVAL_MS = 1000;
/** After so many questions without an answer the flags count as unknown, and are asked for seldom: the adapter may have no `F`, or have stalled. */
export const MAX_UNANSWERED_POLLS = 5;
/** How often then. */
export const RETRY_POLL_MS = 60_000;
/** A bus without a frame for so long is opened anew: the adapter may be off the bus, or have restarted. Doubles each time. */
export const FIRST_REOPEN_MS = 10_000;
/** A parked vehicle is silent for days: its bus is opened anew no less often than this. */
export const MAX_REOPEN_MS = 80_000;

/** An adapter that contradicts itself more often than this is believed no more, until a while has passed. */
export const MAX_PROFILE_CHANGES = 4;
export const PROFILE_CHANGES_MS = 600_000;
/** What an adapter says is told no more often than this. */
export const NEWS_INTERVAL_MS = 1000;

/** What an {@link SlcanSession} is told beside the time. */
export interface SessionSettings extends BusSettings {
  /** Bits per second of the serial line. */
  readonly baud: number;
  /** What the adapter is by configuration: believed until it says something else. */
  readonly configured?: SlcanProfile;
  /** What it was the last time: a guess, until it says so again. */
  readonly remembered?: SlcanProfile;
}

/** What happened. */
export type SessionInput =
  | { readonly kind: 'answer'; readonly answer: SlcanAnswer }
  /** Time has passed; what came whole since the port was opened. */
  | { readonly kind: 'tick'; readonly frameCount: number; readonly receivedBytes: number };

/** What to do about it. */
export interface SessionStep {
  readonly commands: readonly SlcanCommand[];
  /** What the status tells has changed in a way that somebody should hear of at once. */
  readonly isNews: boolean;
}

const NOTHING: SessionStep = { commands: [], isNews: false };

/**
 * What is said to an SLCAN adapter, from one opening of its port to the next. Pure but for its state: answers and ticks in, commands out.
 *
 * Nothing is ever waited for: the bus is opened at once in the way that no adapter can take amiss, and again in a better one when the adapter
 * has said what it is. Its flags are asked for where it has any; a bus that falls silent is closed and opened.
 */
export class SlcanSession {
  readonly #settings: SessionSettings;
  readonly #load: LineLoad;
  #profile: SlcanProfile;
  #isCertain: boolean;
  #version: string | undefined;
  #serial: string | undefined;
  #busState: CanBusState = 'unknown';
  #frameCount = 0;
  #receivedBytes = 0;
  #lastFrameMs: number;
  #reopenMs = FIRST_REOPEN_MS;
  #reopenCount = 0;
  #lastPollMs: number;
  #unansweredPolls = 0;
  #wasSaturated = false;
  #refusedCount = 0;
  #changes = { sinceMs: Number.NEGATIVE_INFINITY, count: 0 };
  #isNewsPending = false;
  #toldMs = Number.NEGATIVE_INFINITY;
  readonly #flagCounts = { receiveQueueFull: 0, transmitQueueFull: 0, dataOverrun: 0, arbitrationLost: 0, busError: 0 };

  constructor(settings: SessionSettings, nowMs: number) {
    const { configured, remembered, listenOnly, baud } = settings;
    this.#settings = settings;
    this.#load = new LineLoad(baud, nowMs);
    this.#isCertain = configured !== undefined;
    // Of a CANable that is only remembered, another adapter may have taken the place: `O` would join the bus with that one [S4].
    const guess = remembered === 'canable' && listenOnly ? 'unknown' : remembered;
    this.#profile = configured ?? guess ?? 'unknown';
    this.#lastFrameMs = nowMs;
    this.#lastPollMs = nowMs;
  }

  /** What is said first; whatever the adapter has half received is ended, and it is asked what it is. */
  open(): readonly SlcanCommand[] {
    const flush = { kind: 'flush' } as const;
    return [flush, flush, flush, ...this.#reopen()];
  }

  step(nowMs: number, input: SessionInput): SessionStep {
    const { commands, isNews } = input.kind === 'answer' ? this.#hear(input.answer, nowMs) : this.#tick(nowMs, input);
    this.#isNewsPending ||= isNews;
    const isTold = this.#isNewsPending && nowMs - this.#toldMs >= NEWS_INTERVAL_MS;
    if (!isTold) return commands.length === 0 ? NOTHING : { commands, isNews: false };
    this.#isNewsPending = false;
    this.#toldMs = nowMs;
    return { commands, isNews: true };
  }

  status(): CanAdapterStatus {
    const { percent, isSaturated } = this.#load;
    const advice = this.#advice();
    return {
      profile: this.#profile,
      isCertain: this.#isCertain,
      ...(this.#version === undefined ? {} : { version: this.#version }),
      ...(this.#serial === undefined ? {} : { serial: this.#serial }),
      listenOnly: this.#settings.listenOnly,
      ...(percent === undefined ? {} : { lineLoadPercent: percent }),
      isSaturated,
      receiveQueueFullCount: this.#flagCounts.receiveQueueFull,
      transmitQueueFullCount: this.#flagCounts.transmitQueueFull,
      dataOverrunCount: this.#flagCounts.dataOverrun,
      arbitrationLostCount: this.#flagCounts.arbitrationLost,
      busErrorCount: this.#flagCounts.busError,
      refusedCommandCount: this.#refusedCount,
      busReopenCount: this.#reopenCount,
      ...(advice === undefined ? {} : { advice }),
    };
  }

  /** As its flags tell; `unknown` where it has none. */
  get busState(): CanBusState {
    return this.#busState;
  }

  #hear(answer: SlcanAnswer, nowMs: number): SessionStep {
    if (answer.kind === 'status') return this.#readFlags(answer.flags);
    if (answer.kind === 'error') this.#refusedCount++;
    if (answer.kind === 'serial') this.#serial = answer.text;
    if (answer.kind !== 'version' && answer.kind !== 'text') return NOTHING;
    const isBelieved = nowMs - this.#changes.sinceMs >= PROFILE_CHANGES_MS || this.#changes.count < MAX_PROFILE_CHANGES;
    if (!isBelieved) return NOTHING;
    const profile = profileOf(answer);
    const before = this.#profile;
    if (profile === undefined) return this.#noteChange(before, nowMs, this.#hearUnknown(answer));
    const isNews = answer.text !== this.#version || profile !== before || !this.#isCertain;
    this.#version = answer.text;
    this.#profile = profile;
    this.#isCertain = true;
    return this.#noteChange(before, nowMs, { commands: profile === before ? [] : this.#reopen(), isNews });
  }

  /** Whoever says one thing and then another, again and again, is none that is known: it is opened as such, once. */
  #noteChange(before: SlcanProfile, nowMs: number, step: SessionStep): SessionStep {
    if (this.#profile === before || before === 'unknown') return step;
    if (nowMs - this.#changes.sinceMs >= PROFILE_CHANGES_MS) this.#changes = { sinceMs: nowMs, count: 0 };
    this.#changes.count++;
    if (this.#changes.count < MAX_PROFILE_CHANGES) return step;
    this.#isCertain = false;
    this.#profile = 'unknown';
    return { commands: this.#reopen(), isNews: true };
  }

  /** Words may be noise, and are worth a line in the status once; a version that no known adapter has is that of another one than before. */
  #hearUnknown(answer: Extract<SlcanAnswer, { kind: 'version' | 'text' }>): SessionStep {
    if (answer.kind === 'text' && this.#version !== undefined) return NOTHING;
    const isNews = answer.text !== this.#version;
    this.#version = answer.text;
    const wasCanable = this.#profile === 'canable';
    this.#doubt();
    return { commands: wasCanable && this.#profile !== 'canable' ? this.#reopen() : [], isNews };
  }

  /** Another adapter may sit behind a port that never closed: what was said once is no leave to send `O` again [S4]. */
  #doubt(): void {
    const { configured, listenOnly } = this.#settings;
    if (this.#profile === configured) return;
    this.#isCertain = false;
    if (this.#profile === 'canable' && listenOnly) this.#profile = configured ?? 'unknown';
  }

  #readFlags(flags: number): SessionStep {
    const { errorPassive, errorWarning } = SLCAN_STATUS_FLAGS;
    this.#unansweredPolls = 0;
    for (const name of ['receiveQueueFull', 'transmitQueueFull', 'dataOverrun', 'arbitrationLost', 'busError'] as const)
      if ((flags & SLCAN_STATUS_FLAGS[name]) !== 0) this.#flagCounts[name]++;
    const state = (flags & errorPassive) !== 0 ? 'passive' : (flags & errorWarning) !== 0 ? 'warning' : 'active';
    const isNews = state !== this.#busState;
    this.#busState = state;
    return { commands: [], isNews };
  }

  #tick(nowMs: number, { frameCount, receivedBytes }: Extract<SessionInput, { kind: 'tick' }>): SessionStep {
    this.#load.note(receivedBytes - this.#receivedBytes, nowMs);
    this.#receivedBytes = receivedBytes;
    if (frameCount > this.#frameCount) {
      this.#frameCount = frameCount;
      this.#lastFrameMs = nowMs;
      this.#reopenMs = FIRST_REOPEN_MS;
    }
    const isNews = this.#load.isSaturated !== this.#wasSaturated;
    this.#wasSaturated = this.#load.isSaturated;
    if (nowMs - this.#lastFrameMs < this.#reopenMs) return { commands: this.#poll(nowMs), isNews };
    this.#lastFrameMs = nowMs;
    this.#reopenMs = Math.min(MAX_REOPEN_MS, this.#reopenMs * 2);
    this.#reopenCount++;
    this.#doubt();
    return { commands: this.#reopen(), isNews: true };
  }

  #poll(nowMs: number): readonly SlcanCommand[] {
    const isUnanswered = this.#unansweredPolls >= MAX_UNANSWERED_POLLS;
    const sinceMs = nowMs - this.#lastPollMs;
    if (this.#profile !== 'lawicel' || sinceMs < POLL_INTERVAL_MS) return [];
    if (isUnanswered) this.#busState = 'unknown';
    if (isUnanswered && sinceMs < RETRY_POLL_MS) return [];
    this.#lastPollMs = nowMs;
    this.#unansweredPolls++;
    return [{ kind: 'status' }];
  }

  #reopen(): readonly SlcanCommand[] {
    const questions =
      this.#isCertain && this.#version !== undefined ? [] : ([{ kind: 'version' }, { kind: 'serial' }] as const);
    return [{ kind: 'close' }, ...questions, ...openingCommands(this.#profile, this.#settings)];
  }

  #advice(): string | undefined {
    if (this.#load.isSaturated)
      return 'the serial line is full, so that frames are lost: use a higher baud, a USB adapter, or a filter in the adapter';
    const isUnheard = this.#frameCount === 0 && this.#reopenCount > 0;
    if (!isUnheard) return undefined;
    if (this.#receivedBytes === 0)
      return 'the adapter says nothing at all: baud may not be its rate, or the cable is loose';
    return this.#profile === 'unknown' && this.#settings.listenOnly
      ? 'no frame came, and the adapter does not say what it is: if it is a CANable, state adapter: canable'
      : 'no frame came: the bus may be asleep, the bitrate another one, or the wires swapped';
  }
}
