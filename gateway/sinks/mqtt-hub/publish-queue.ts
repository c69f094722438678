import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Outcome } from '#gateway/sinks/delivery/target.ts';
import type { PublishPacket } from './compose-publish.ts';
import { PublishPace } from './publish-pace.ts';

/** Hands a packet to the session; the answer comes through `settle`, at most once. */
export type WritePublish = (packet: PublishPacket, settle: (outcome: Outcome) => void) => void;

/** What a hub allows at a time. */
export interface QueueLimits {
  readonly maxInFlight: number;
  readonly maxPerSecond?: number | undefined;
}

/**
 * Publishes on their way to one hub, in order: no more unanswered than its Receive Maximum, no faster than it allows. The window of
 * the delivery loop is the bound of what waits here, which is seldom anything.
 */
export class PublishQueue {
  readonly #write: WritePublish;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  readonly #unanswered = new Set<(outcome: Outcome) => void>();
  #maxInFlight = 0;
  #pace: PublishPace | undefined;
  #cancelPause: Cancel | undefined;
  #onDrained: (() => void) | undefined;

  constructor(write: WritePublish, clock: Clock) {
    this.#write = write;
    this.#clock = clock;
  }

  /** The session is there. */
  open({ maxInFlight, maxPerSecond }: QueueLimits): void {
    this.#maxInFlight = maxInFlight;
    this.#pace = maxPerSecond === undefined ? undefined : new PublishPace(maxPerSecond, this.#clock.monotonicMs());
    this.#fill();
  }

  get unansweredCount(): number {
    return this.#unanswered.size;
  }

  push(packet: PublishPacket): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#waiting.push({ packet, resolve });
    this.#fill();
    return promise;
  }

  /** Answers for the only publish that is unanswered. @returns false when there are several, or none */
  settleOnly(outcome: Outcome): boolean {
    const [only, ...others] = this.#unanswered;
    if (only === undefined || others.length > 0) return false;
    only(outcome);
    return true;
  }

  /** Lets nothing more out; calls back once everything that is under way was answered. What waits is never answered. */
  drain(onDrained: () => void): void {
    this.stop();
    if (this.#unanswered.size === 0) onDrained();
    else this.#onDrained = onDrained;
  }

  /** Lets nothing more out. */
  stop(): void {
    this.#maxInFlight = 0;
    this.#cancelPause?.();
  }

  #fill(): void {
    while (this.#waiting.length > 0 && this.#unanswered.size < this.#maxInFlight && this.#mayGo()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const settle = (outcome: Outcome) => {
        if (!this.#unanswered.delete(settle)) return;
        next.resolve(outcome);
        this.#fill();
        if (this.#unanswered.size === 0) this.#onDrained?.();
      };
      this.#unanswered.add(settle);
      this.#write(next.packet, settle);
    }
  }

  #mayGo(): boolean {
    if (this.#cancelPause !== undefined) return false;
    const pauseMs = this.#pace?.take(this.#clock.monotonicMs()) ?? 0;
    if (pauseMs === 0) return true;
    this.#cancelPause = this.#clock.schedule(Math.ceil(pauseMs), () => {
      this.#cancelPause = undefined;
      this.#fill();
    });
    return false;
  }
}

interface Waiting {
  readonly packet: PublishPacket;
  readonly resolve: (outcome: Outcome) => void;
}
