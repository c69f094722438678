import type { StateRecorder } from '#gateway/broker/durable/state-recorder.ts';
import { clip } from '#gateway/broker/refusals.ts';
import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { MS_PER_DAY } from './list-sessions.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

/** How often the sessions are looked at: the most that a power cut takes of the time that they have been counted away. */
export const EXPIRY_REVIEW_MS = 15 * 60_000;
/** The first look after a start; a shorter time away is not written down. */
const MIN_WRITTEN_MS = 60_000;

/** What {@link SessionExpiry} needs. */
export interface SessionExpiryOptions {
  readonly sessions: Sessions;
  readonly recorder: StateRecorder;
  readonly limits: Pick<BrokerLimits, 'sessionExpiryDays'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Ends sessions whose client does not come back: they fill up the room of those that do.
 *
 * What counts is the time in which the process ran, which no date that jumps can stretch or shorten: after a start it goes on where it
 * was, and nobody's session ends before everybody had time to be back. It is written down soon after a start, then ever more seldom, so
 * that it grows too where the power never stays for long.
 */
export class SessionExpiry implements Disposable {
  readonly #options: SessionExpiryOptions;
  readonly #startMs: number;
  #expiredCount = 0;
  #cancel: Cancel;

  constructor(options: SessionExpiryOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonicMs();
    this.#cancel = this.#schedule();
  }

  /** Sessions that have ended so, since the start of the process. */
  get expiredCount(): number {
    return this.#expiredCount;
  }

  /** Writes down how long each client has been away. */
  [Symbol.dispose](): void {
    this.#cancel();
    this.#write();
  }

  /** A power cut takes half of the time since the start, and no more than is between two looks. */
  #schedule(): Cancel {
    const ranMs = this.#ranMs();
    const delayMs = Math.min(EXPIRY_REVIEW_MS, Math.max(MIN_WRITTEN_MS, ranMs));
    return this.#options.clock.schedule(delayMs, () => {
      if (this.#ranMs() >= EXPIRY_REVIEW_MS) this.#endExpired();
      this.#write();
      this.#cancel = this.#schedule();
    });
  }

  #ranMs(): number {
    return this.#options.clock.monotonicMs() - this.#startMs;
  }

  #endExpired(): void {
    const { sessions, limits } = this.#options;
    const maxAwayMs = limits.sessionExpiryDays * MS_PER_DAY;
    const expired = [...sessions].filter(
      (session) => maxAwayMs > 0 && session.isPersistent && sessions.awayMs(session) >= maxAwayMs,
    );
    for (const session of expired) this.#end(session);
  }

  #end(session: Session): void {
    const { sessions, limits, logger } = this.#options;
    const { clientId, username, subscriptions, outgoing } = session;
    const fields = {
      ...{ client: clip(clientId), user: username, awaySeconds: Math.floor(sessions.awayMs(session) / 1000) },
      ...{ subscriptionCount: subscriptions.size, queuedCount: outgoing.length, queuedBytes: outgoing.sizeBytes },
    };
    sessions.end(session);
    this.#expiredCount++;
    const since = `its client has been away for ${limits.sessionExpiryDays} days (broker.limits.sessionExpiryDays)`;
    logger.warn(fields, `ended a session with what waited in it: ${since}`);
  }

  #write(): void {
    const { sessions, recorder } = this.#options;
    for (const session of sessions) {
      const awayMs = sessions.awayMs(session);
      if (session.isPersistent && awayMs >= MIN_WRITTEN_MS) recorder.away(session, awayMs);
    }
  }
}
