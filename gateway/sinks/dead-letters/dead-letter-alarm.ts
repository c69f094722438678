import type { Message, Publisher, Stamp } from '#gateway/model/message.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { alertMessage } from '#gateway/sinks/alert-message.ts';
import type { RefusedEvent } from './dead-letters.ts';
import type { LetterCounts } from './letter-index.ts';
import { ALARM_INTERVAL_MS } from './limits.ts';

/** What the alarm needs. */
export interface DeadLetterAlarmOptions {
  readonly publisher: Publisher;
  /** How many letters a sink has now. */
  readonly countsOf: (sink: string) => Readonly<LetterCounts>;
  readonly clock: Clock;
  readonly stamp: () => Stamp;
  readonly logger: Logger;
}

/** Where the alarm is heard. */
export const ALARM_TOPIC = 'alerts/sink.deadLettered';

/**
 * Tells of events that went to the dead letters, by an event of the gateway: at once, then at most every {@link ALARM_INTERVAL_MS} for
 * each sink, with all that there were meanwhile. What the journal refuses is told with the next.
 */
export class DeadLetterAlarm implements Disposable {
  readonly #options: DeadLetterAlarmOptions;
  readonly #sinks = new Map<string, Alarm>();

  constructor(options: DeadLetterAlarmOptions) {
    this.#options = options;
  }

  note(event: RefusedEvent): void {
    // A hub that refuses the alarm itself would be told of that for ever.
    if (event.stored.record.topic === ALARM_TOPIC) return;
    const alarm = this.#sinks.get(event.sink) ?? { count: 0, last: event, cancel: undefined };
    this.#sinks.set(event.sink, alarm);
    alarm.count++;
    alarm.last = event;
    if (alarm.cancel === undefined) this.#raise(event.sink, alarm);
  }

  [Symbol.dispose](): void {
    for (const { cancel } of this.#sinks.values()) cancel?.();
  }

  #raise(sink: string, alarm: Alarm): void {
    const { clock, publisher, logger } = this.#options;
    alarm.cancel = clock.schedule(ALARM_INTERVAL_MS, () => {
      alarm.cancel = undefined;
      if (alarm.count > 0) this.#raise(sink, alarm);
    });
    const { count } = alarm;
    alarm.count = 0;
    publisher.publish(this.#message(sink, alarm.last, count), (error) => {
      if (error === undefined) return;
      alarm.count += count;
      logger.warn({ sink, count, error }, 'The alarm about dead letters could not be published; it is raised again.');
    });
  }

  #message(sink: string, { stored, error, attempts }: RefusedEvent, count: number): Message {
    const { stamp, countsOf } = this.#options;
    const { waiting, evicted } = countsOf(sink);
    const { stream, epoch, sequence, record } = stored;
    const last = { stream, epoch, sequence, topic: record.topic, attempts, code: error.code, reason: error.message };
    const data = { sink, count, waitingCount: waiting, evictedCount: evicted, last };
    return alertMessage(ALARM_TOPIC, '@dead-letters', stamp(), data);
  }
}

interface Alarm {
  /** Not told of yet. */
  count: number;
  last: RefusedEvent;
  /** Set while the last alarm is young. */
  cancel: Cancel | undefined;
}
