import { discoverVehicle } from './discover-vehicle.ts';
import { ElmDialogue, type ElmScript, type ElmStep, isBanner } from './elm-dialogue.ts';
import type { ElmListener } from './elm-listener.ts';
import { type ElmReply, parseElmReply, TIMEOUT_REPLY } from './elm-reply.ts';
import { ElmReplyFramer } from './elm-reply-framer.ts';
import { CHARGING_VOLTS, isAwakened } from './ignition.ts';
import type { PolledPid } from './poll-plan.ts';
import { VehiclePoll } from './poll-vehicle.ts';
import { DRAIN_MS, type ElmAdapter, readVoltage, setUpAdapter } from './set-up-adapter.ts';

/** What an adapter is to do. */
export interface ElmOptions {
  readonly pids: readonly PolledPid[];
  /** Of `AT SP`; `0` searches. */
  readonly protocolNumber: string;
  /** Longest pause between attempts to find an adapter; short while its rate is not known, since each rate is listened to briefly. */
  readonly maxPauseMs?: number;
}

/** `searching`: for the adapter, then for the vehicle. `resting`: the ignition is off. `silent`: nobody answers; it is tried again. */
export type ElmState = 'searching' | 'connecting' | 'polling' | 'resting' | 'silent';

/** The supply is measured so often while the vehicle rests: less than what counts as silence of a device. */
export const REST_INTERVAL_MS = 8000;
/** An answer whose prompt got lost is taken for whole after such a pause: control units that share one leave shorter ones. */
export const LOST_PROMPT_MS = 1500;
/** Pauses between attempts double from the first to the longest. */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 60_000;
const NOTHING: ElmReply = { hexLines: [], texts: [], faults: [], isEchoed: false };

/**
 * One conversation with an adapter that understands the commands of the ELM327: finds the adapter, the bus, the vehicle and what it
 * supports; asks for parameters, codes and identity; rests while the ignition is off. It only reads: it never clears a code and never
 * writes to a control unit.
 *
 * Bytes and the time come in, commands and what was read go out; {@link dueMs} tells when to come again. The conversation itself is
 * written as a script (`set-up-adapter.ts`, `discover-vehicle.ts`, `poll-vehicle.ts`), whose steps are answered here.
 *
 * @see ELM327 data sheet; STN1100 family reference and programming manual
 */
export class Elm327Session {
  readonly #options: ElmOptions;
  readonly #listener: ElmListener;
  readonly #dialogue = new ElmDialogue();
  readonly #framer = new ElmReplyFramer((lines) => this.#hear(lines));
  readonly #script: ElmScript<never>;
  #step: ElmStep | undefined;
  #deadlineMs = Number.NEGATIVE_INFINITY;
  /** When an adapter that is asked has not answered in time. */
  #timeoutMs = Number.NEGATIVE_INFINITY;
  #state: ElmState = 'searching';
  #adapter: string | undefined;
  #replyCount = 0;

  constructor(options: ElmOptions, listener: ElmListener) {
    this.#options = options;
    this.#listener = listener;
    this.#script = this.#converse();
  }

  get state(): ElmState {
    return this.#state;
  }

  /** What the adapter calls itself; absent until it was found. */
  get adapter(): string | undefined {
    return this.#adapter;
  }

  /** Answers that were understood. */
  get replyCount(): number {
    return this.#replyCount;
  }

  /** By reason, so far. */
  get rejections(): Readonly<Record<string, number>> {
    return { ...this.#dialogue.rejections, ...this.#framer.rejections };
  }

  /** When {@link tick} is due next. Monotonic. */
  get dueMs(): number {
    return this.#deadlineMs;
  }

  /** The same while nothing is awaited of the adapter; infinite while it is, since a late answer is in no hurry. */
  get wakeMs(): number {
    return this.#step?.kind === 'ask' ? Number.POSITIVE_INFINITY : this.#deadlineMs;
  }

  read(chunk: Uint8Array, nowMs: number): void {
    this.#dialogue.nowMs = nowMs;
    this.#framer.push(chunk);
    if (this.#halfHeard() !== undefined) this.#deadlineMs = Math.min(this.#timeoutMs, nowMs + LOST_PROMPT_MS);
  }

  /** The first one begins the conversation. */
  tick(nowMs: number): void {
    this.#dialogue.nowMs = nowMs;
    if (nowMs < this.#deadlineMs) return;
    this.#advance(this.#step?.kind === 'ask' ? (this.#halfHeard() ?? TIMEOUT_REPLY) : NOTHING);
  }

  /** What an adapter has answered so far, if its prompt is all that is missing; an echo, or that it searches, is no answer. */
  #halfHeard(): ElmReply | undefined {
    if (this.#step?.kind !== 'ask' || this.#framer.lines.length === 0) return undefined;
    const reply = parseElmReply(this.#framer.lines, this.#step.command);
    const isAnswer = reply.hexLines.length + reply.texts.length + reply.faults.length > 0;
    return isAnswer ? { ...reply, faults: [...reply.faults, 'no-prompt'] } : undefined;
  }

  #hear(lines: readonly string[]): void {
    const step = this.#step;
    const reply = parseElmReply(lines, step?.kind === 'ask' ? step.command : '');
    if (reply.hexLines.length + reply.texts.length > 0) this.#replyCount++;
    // A prompt alone is left over from before; only a reset may be answered so.
    if (step?.kind === 'ask' && (lines.length > 0 || step.command === '' || step.command === 'ATZ'))
      this.#advance(reply);
    // Unasked it says its name only when it has begun anew.
    else if (step?.kind === 'wait' && (isBanner(reply) || reply.faults.includes('low-voltage-reset')))
      this.#dialogue.isLost = true;
  }

  #advance(reply: ElmReply): void {
    this.#framer.reset();
    const { nowMs } = this.#dialogue;
    // The first answer goes to nobody: it begins the script.
    let step = this.#script.next(reply).value;
    while (step.kind !== 'ask' && step.untilMs <= nowMs) step = this.#script.next(NOTHING).value;
    this.#step = step;
    this.#timeoutMs = step.kind === 'ask' ? nowMs + step.timeoutMs : step.untilMs;
    this.#deadlineMs = this.#timeoutMs;
    if (step.kind === 'ask') this.#listener.write(new TextEncoder().encode(`${step.command}\r`));
  }

  #enter(state: ElmState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#listener.onChange();
  }

  *#converse(): ElmScript<never> {
    const dialogue = this.#dialogue;
    for (let failureCount = 0; ; failureCount++) {
      this.#enter('searching');
      const adapter = yield* setUpAdapter(dialogue, this.#options.protocolNumber);
      if (adapter === undefined) {
        yield* dialogue.waitUntil(dialogue.nowMs + pauseMs(failureCount, this.#options.maxPauseMs));
        continue;
      }
      this.#adapter = adapter.name;
      if (yield* this.#serve(adapter)) failureCount = -1;
      // An adapter that begins anew at each question would be set up for ever.
      else yield* dialogue.waitUntil(dialogue.nowMs + pauseMs(failureCount, this.#options.maxPauseMs));
      yield* dialogue.ask('');
      yield { kind: 'drain', untilMs: dialogue.nowMs + DRAIN_MS };
    }
  }

  /** Returns when the adapter must be set up anew. @returns whether it did what it was asked at all */
  *#serve(adapter: ElmAdapter): ElmScript<boolean> {
    let isUseful = false;
    for (let failureCount = 0; ; failureCount++) {
      this.#enter('connecting');
      const vehicle = yield* discoverVehicle(this.#dialogue, adapter);
      if (vehicle === 'lost') return isUseful;
      isUseful = true;
      if (vehicle !== 'silent') {
        failureCount = 0;
        this.#listener.onVehicle(vehicle);
        this.#enter('polling');
        const poll = new VehiclePoll(this.#dialogue, this.#listener, adapter, vehicle, this.#options.pids);
        if ((yield* poll.run()) === 'lost') return isUseful;
      }
      yield* this.#rest(adapter, failureCount);
      if (this.#dialogue.isLost) return isUseful;
    }
  }

  /** Until the vehicle is worth a question again. Where something charges, or no voltage is known, that is a matter of time. */
  *#rest(adapter: ElmAdapter, failureCount: number): ElmScript<void> {
    const dialogue = this.#dialogue;
    const untilMs = dialogue.nowMs + pauseMs(failureCount + 2);
    let lowest = Number.POSITIVE_INFINITY;
    for (;;) {
      const volts = adapter.hasVoltage ? yield* readVoltage(dialogue) : undefined;
      if (dialogue.isLost) return;
      this.#listener.onVoltage(volts);
      const isLow = volts !== undefined && volts < CHARGING_VOLTS;
      this.#enter(isLow ? 'resting' : 'silent');
      if (volts !== undefined && lowest < Number.POSITIVE_INFINITY && isAwakened(volts, lowest)) return;
      if (isLow) lowest = Math.min(lowest, volts);
      else if (dialogue.nowMs >= untilMs) return;
      const nextMs = dialogue.nowMs + REST_INTERVAL_MS;
      yield* dialogue.waitUntil(isLow ? nextMs : Math.min(nextMs, untilMs));
    }
  }
}

function pauseMs(failureCount: number, maxMs = MAX_PAUSE_MS): number {
  return Math.min(maxMs, FIRST_PAUSE_MS * 2 ** Math.min(failureCount, 16));
}
