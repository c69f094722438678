import { isTrusted } from '#gateway/model/clock-mark.ts';
import { describeDayRemedy } from '#gateway/model/describe-link.ts';
import type { Message, Publisher, Stamp } from '#gateway/model/message.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { alertMessage } from '#gateway/sinks/alert-message.ts';
import { ALARM_INTERVAL_MS } from '#gateway/sinks/dead-letters/limits.ts';
import type { DayNews, DayNotice } from './day-notice.ts';
import type { MeteredLink } from './open-link.ts';

/** What the alarm needs. */
export interface LinkAlarmOptions {
  readonly links: readonly MeteredLink[];
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly stamp: () => Stamp;
  readonly logger: Logger;
}

/**
 * Tells of links whose day runs low or is spent, and that there is enough again, by events of the gateway: at once, and each once a day.
 * What the journal refuses is told again {@link ALARM_INTERVAL_MS} later. The link remembers over restarts what was told.
 */
export class LinkAlarm implements Disposable {
  readonly #options: LinkAlarmOptions;
  /** Those of which something is being told, or could not be told in this minute. */
  readonly #quiet = new Set<MeteredLink>();
  readonly #ends: (() => void)[] = [];
  readonly #cancelRetry = new Map<MeteredLink, Cancel>();
  #isClosed = false;

  constructor(options: LinkAlarmOptions) {
    this.#options = options;
    for (const link of options.links) {
      this.#ends.push(link.watch(() => this.#look(link)));
      this.#look(link);
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const end of this.#ends) end();
    for (const cancel of this.#cancelRetry.values()) cancel();
  }

  #look(link: MeteredLink): void {
    const news = link.news();
    if (news === undefined || this.#isClosed || this.#quiet.has(link)) return;
    const { clock, publisher, logger } = this.#options;
    this.#quiet.add(link);
    publisher.publish(this.#message(link, news), (error) => {
      if (error === undefined) {
        link.keepTold(news);
        this.#lookAgain(link);
        return;
      }
      if (this.#isClosed) return;
      logger.warn({ link: link.id, error }, 'The alarm about a link could not be published; it is raised again.');
      this.#cancelRetry.set(
        link,
        clock.schedule(ALARM_INTERVAL_MS, () => this.#lookAgain(link)),
      );
    });
  }

  #lookAgain(link: MeteredLink): void {
    this.#quiet.delete(link);
    this.#look(link);
  }

  #message(link: MeteredLink, { state: news }: DayNotice<DayNews>): Message {
    const now = this.#options.stamp();
    const { id, mode, day, sentBytes, receivedBytes } = link.status();
    const { usedBytes, maxBytes, reserveBytes, endsInMs } = day;
    const data = {
      ...{ link: id, mode, usedBytes, sentBytes, receivedBytes },
      ...(maxBytes === undefined ? {} : { maxBytesPerDay: maxBytes, alertReserveBytes: reserveBytes }),
      ...(endsInMs === undefined ? {} : { dayEndsInSeconds: Math.round(endsInMs / 1000) }),
      // A date that nobody vouches for is left out.
      ...(endsInMs === undefined || !isTrusted(now) ? {} : { dayEnds: new Date(now.wallMs + endsInMs).toISOString() }),
      ...(news === 'restored' ? {} : { remedy: describeDayRemedy(id, news) }),
    };
    return alertMessage(`alerts/link.${news}`, '@links', now, data);
  }
}
