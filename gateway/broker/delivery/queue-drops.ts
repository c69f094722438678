import type { Refusals } from '#gateway/broker/refusals.ts';
import type { Session } from '#gateway/broker/sessions/session.ts';
import type { Clock } from '#gateway/runtime/clock.ts';

/** How long drops of one session are counted before they are noted together. */
export const DROP_TALLY_MS = 1000;

/** What {@link QueueDrops} needs. */
export interface QueueDropsOptions {
  readonly refusals: Refusals;
  readonly clock: Clock;
}

/**
 * Messages that found the queue of a session full. The first is noted at once, those that follow within a second in bulk: beside a
 * flooder there are tens of thousands, and the flooder must not make the gateway work for them.
 */
export class QueueDrops {
  readonly #options: QueueDropsOptions;
  /** Not noted yet, by session, since its last note. */
  readonly #counts = new Map<Session, number>();
  #isScheduled = false;

  constructor(options: QueueDropsOptions) {
    this.#options = options;
    options.refusals.addTally(() => this.#handIn());
  }

  /** @param text why; the first one of a session in a second counts */
  add(session: Session, text: string): void {
    const count = this.#counts.get(session);
    if (count !== undefined) {
      this.#counts.set(session, count + 1);
      return;
    }
    this.#counts.set(session, 0);
    this.#options.refusals.note({ reason: 'queueFull', client: session.clientId, text });
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.clock.schedule(DROP_TALLY_MS, () => this.#endSecond());
  }

  #endSecond(): void {
    this.#isScheduled = false;
    this.#handIn();
    this.#counts.clear();
  }

  #handIn(): void {
    for (const [{ clientId: client }, count] of this.#counts) {
      if (count > 0) this.#options.refusals.note({ reason: 'queueFull', client, count, text: MORE });
    }
    for (const session of this.#counts.keys()) this.#counts.set(session, 0);
  }
}

const MORE = 'dropped more messages: there is no room in the queue of the session';
