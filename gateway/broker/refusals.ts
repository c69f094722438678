import type { ErrorCode } from '#gateway/model/errors.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { LogFields, Logger } from '#gateway/runtime/logger.ts';
import type { GuardRefusal } from './guarded-connection.ts';

/** Why something was refused: the keys of `BrokerStatus.refusals`. */
export type RefusalReason =
  | GuardRefusal
  | 'badLogin'
  | 'badClientId'
  | 'badMessage'
  | 'connectTimeout'
  | 'notAuthorized'
  | 'queueFull'
  | 'qos2'
  | 'tooManyClients'
  | 'journalFull'
  | 'journalFailed'
  | 'admissionFailed';

/** One refusal. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** Client id, or the address of a peer that has none yet. */
  readonly client: string;
  readonly code?: ErrorCode;
  /** What was attempted and why it was refused. */
  readonly text: string;
}

/** One line per client and reason in this time; the counters see every refusal. */
export const LOG_INTERVAL_MS = 60_000;
/** Clients and reasons remembered for that. */
export const MAX_REMEMBERED_REFUSALS = 1024;

/** Counts every refusal, and logs each once per client and minute: a client that retries must not fill the disk with its failures. */
export class Refusals {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counts: Partial<Record<RefusalReason, number>> = {};
  readonly #loggedAtMs = new Map<string, number>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get counts(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }

  note({ reason, client, code, text }: Refusal, fields: LogFields = {}): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
    const key = `${reason} ${client}`;
    const nowMs = this.#clock.monotonicMs();
    const loggedAtMs = this.#loggedAtMs.get(key);
    if (loggedAtMs !== undefined && nowMs - loggedAtMs < LOG_INTERVAL_MS) return;
    if (this.#loggedAtMs.size >= MAX_REMEMBERED_REFUSALS) this.#loggedAtMs.clear();
    this.#loggedAtMs.set(key, nowMs);
    this.#logger.warn({ client, reason, ...(code === undefined ? {} : { code }), ...fields }, text);
  }
}
