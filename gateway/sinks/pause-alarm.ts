import type { WaystationError } from '#gateway/model/errors.ts';
import type { Message, Publisher, Stamp } from '#gateway/model/message.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { alertMessage } from './alert-message.ts';
import { ALARM_INTERVAL_MS, MAX_REASON_CHARS } from './dead-letters/limits.ts';
import type { PhaseListener } from './delivery/delivery.ts';

/** What the alarm needs. */
export interface PauseAlarmOptions {
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly stamp: () => Stamp;
  readonly logger: Logger;
}

/** Where a sink is heard of that needs a person, and where that it does not any more. */
export const PAUSED_TOPIC = 'alerts/sink.paused';
export const RESUMED_TOPIC = 'alerts/sink.resumed';

/**
 * Tells of sinks that are paused by events of the gateway, which every other sink forwards [D6]: at once, then at most every
 * {@link ALARM_INTERVAL_MS} for each sink. What the journal refuses is told again.
 *
 * A sink counts as paused until it has stayed connected for so long. One whose target takes the login and
 * refuses what is sent is thus told of once, also where it is the alarm that the target refuses.
 */
export class PauseAlarm implements Disposable {
  readonly #options: PauseAlarmOptions;
  readonly #watched: Watched[] = [];

  constructor(options: PauseAlarmOptions) {
    this.#options = options;
  }

  /** @returns what is to hear of each phase of that sink */
  follow(sink: string, target: string): PhaseListener {
    const watched: Watched = { sink, target };
    this.#watched.push(watched);
    return (phase, error) => {
      // Whatever comes after `online`, it was not connected for long enough.
      watched.cancelProof?.();
      watched.cancelProof = undefined;
      if (phase === 'paused' && error !== undefined) this.#paused(watched, error);
      else if (phase === 'online') this.#connected(watched);
    };
  }

  [Symbol.dispose](): void {
    for (const { cancelQuiet, cancelProof } of this.#watched) {
      cancelQuiet?.();
      cancelProof?.();
    }
  }

  #paused(watched: Watched, error: WaystationError): void {
    watched.fault = { error, sinceMs: watched.fault?.sinceMs ?? this.#options.clock.monotonicMs() };
    this.#tell(watched);
  }

  #connected(watched: Watched): void {
    if (watched.fault === undefined) return;
    watched.cancelProof = this.#options.clock.schedule(ALARM_INTERVAL_MS, () => {
      watched.cancelProof = undefined;
      watched.fault = undefined;
      this.#tell(watched);
    });
  }

  /** Another code is another fault: whoever mended the login learns that the database is missing. */
  #tell(watched: Watched): void {
    const { fault, told } = watched;
    const about = fault ?? told;
    if (about === undefined || watched.cancelQuiet !== undefined || fault?.error.code === told?.error.code) return;
    const { clock, publisher, logger } = this.#options;
    watched.cancelQuiet = clock.schedule(ALARM_INTERVAL_MS, () => {
      watched.cancelQuiet = undefined;
      this.#tell(watched);
    });
    watched.told = fault;
    publisher.publish(this.#message(watched, about), (error) => {
      if (error === undefined) return;
      watched.told = told;
      logger.warn({ sink: watched.sink, error }, 'The alarm about a sink could not be published; it is raised again.');
      this.#tell(watched);
    });
  }

  #message({ sink, target, fault }: Watched, { error, sinceMs }: Fault): Message {
    const { stamp, clock } = this.#options;
    const { code, remedy } = error;
    const reason = error.message.slice(0, MAX_REASON_CHARS);
    const now = stamp();
    const pausedMs = clock.monotonicMs() - sinceMs;
    const data = {
      ...{ sink, target, code, ...(fault && { reason, remedy }) },
      // A date that nobody vouches for is left out; how long it took is known in any case.
      ...(now.quality === 'none' ? {} : { since: new Date(now.wallMs - pausedMs).toISOString() }),
      pausedSeconds: Math.round(pausedMs / 1000),
    };
    return alertMessage(fault === undefined ? RESUMED_TOPIC : PAUSED_TOPIC, '@sinks', now, data);
  }
}

interface Watched {
  readonly sink: string;
  readonly target: string;
  /** What it is paused for; absent while it is not. */
  fault?: Fault | undefined;
  /** The same, as was told last. */
  told?: Fault | undefined;
  /** Set while the last alarm is young. */
  cancelQuiet?: Cancel | undefined;
  /** Set while it is connected again and may still be paused anew. */
  cancelProof?: Cancel | undefined;
}

interface Fault {
  readonly error: WaystationError;
  /** When it paused first, monotonic. */
  readonly sinceMs: number;
}
