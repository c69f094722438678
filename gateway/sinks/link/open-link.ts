/**
 * Links carry what sinks send: a network that several share, with a rate, a budget for each day, and a mode.
 *
 * A link sends nothing itself and never holds a sink up: it says what may go, and counts what went at the sockets, under TLS. It never
 * gives bytes back, whatever happens to power or date. Start reading at `budget.ts` (the accounting, pure) and `day-ledger.ts` (when a
 * day begins); this file owns the clock, the sockets and the disk.
 */
import type { Socket } from 'node:net';
import { isTrusted } from '#gateway/model/clock-mark.ts';
import { describeDayRemedy } from '#gateway/model/describe-link.ts';
import type { LinkMode, LinkStatus } from '#gateway/model/link-status.ts';
import type { Stamp, StreamId } from '#gateway/model/message.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { Allowance } from './allowance.ts';
import {
  allowanceOf,
  type BudgetEvent,
  type BudgetPolicy,
  type BudgetState,
  bytesToCover,
  dayState,
  pendingBytes,
  startBudget,
  stepBudget,
} from './budget.ts';
import { countsFromMs, type DayLedger, dateOf, missedBefore, NEW_LEDGER, spendBytes, usedBytes } from './day-ledger.ts';
import { type DayNews, type DayNotice, newsOfDay } from './day-notice.ts';
import type { Charge, Link } from './link.ts';
import { LinkCalendar } from './link-calendar.ts';
import type { LinkConfig } from './link-config.ts';
import type { LinkMemory } from './link-memory.ts';
import type { ModeOverride } from './link-mode.ts';
import type { LinkRecord } from './link-record.ts';
import { ModeWatch } from './mode-watch.ts';
import { RecordWriter } from './record-writer.ts';
import { SocketMeter } from './socket-meter.ts';
import { passedSince, TimeLine } from './time-line.ts';

/** What a link is made of. */
export interface LinkOptions {
  readonly config: LinkConfig;
  readonly memory: LinkMemory;
  /** The largest event that a sink may hand to it. */
  readonly maxEventBytes: number;
  readonly clock: Clock;
  /** Which start of the host it is; absent where the system has no name for it. */
  readonly bootId?: string | undefined;
  /** The time, and what it rests on. */
  readonly stamp: () => Stamp;
  readonly logger: Logger;
}

/** How often time, date, sockets and schedule are looked at. */
const TICK_MS = 1000;
/** At most so often are the sockets asked while a loop asks for its allowance. */
const METER_INTERVAL_MS = 10;
/** Without a date only time that was written down goes on over restarts. */
const SAVE_EVERY_MS = 600_000;
/** Where no day is bounded the count is for people: it is kept so often. */
const SAVE_EVERY_BYTES = 2 ** 20;

/** Opens a link and begins to watch the time. Disposing writes down what went, to the byte: the sinks must be closed before. */
export function openLink(options: LinkOptions): MeteredLink {
  const link = new MeteredLink(options);
  link.start();
  return link;
}

/** See {@link openLink}. */
export class MeteredLink implements Link, AsyncDisposable {
  readonly #options: LinkOptions;
  readonly #calendar: LinkCalendar;
  readonly #policy: BudgetPolicy;
  readonly #meter = new SocketMeter(() => this.#count(this.#options.clock.monotonicMs()));
  readonly #listeners = new Set<() => void>();
  readonly #line: TimeLine;
  #state: BudgetState;
  readonly #mode: ModeWatch;
  readonly #wireShares: Map<string, number>;
  #told: DayNotice | undefined;
  #total = { sentBytes: 0, receivedBytes: 0, connections: 0 };
  #countedAtMs = 0;
  /** As asked for last: what could not be covered then is tried again. */
  #wantedBytes = 0;
  #saved = { elapsedMs: 0, totalBytes: 0 };
  readonly #writer: RecordWriter;
  #isNewsDue = false;
  #newsBefore: DayNews | undefined;
  #cancel: Cancel = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { config, memory, clock, bootId, logger } = options;
    this.#calendar = new LinkCalendar(config.timeZone, config.dayStartsAt);
    this.#policy = {
      maxBytesPerSecond: config.maxBytesPerSecond,
      maxEventsPerSecond: config.maxEventsPerSecond,
      maxBytesPerDay: config.maxBytesPerDay,
      reserveBytes: config.alertReserveBytes,
      calendar: this.#calendar,
    };
    const { found } = memory;
    const ledger = found === 'none' ? NEW_LEDGER : found === 'damaged' ? unknownLedger(config) : found.ledger;
    const kept = typeof found === 'string' ? undefined : found;
    this.#mode = new ModeWatch(config, this.#calendar, kept?.override);
    this.#told = kept?.told;
    this.#wireShares = new Map(kept?.wireShares);
    this.#state = startBudget(ledger, passedSince(kept?.boot, bootId, clock));
    const { elapsedMs } = this.#state.ledger;
    this.#saved = { elapsedMs, totalBytes: 0 };
    this.#line = new TimeLine(clock, bootId, elapsedMs);
    const ended = (kind: 'saved' | 'saveFailed') => {
      this.#hear({ kind });
      this.#notify();
    };
    this.#writer = new RecordWriter({ link: config.id, memory, clock, logger, ended });
  }

  get id(): string {
    return this.#options.config.id;
  }

  /** Streams that go on while it is metered; those that a sink does not have change nothing. */
  get meteredLanes(): readonly StreamId[] {
    return this.#options.config.meteredLanes ?? DEFAULT_METERED_LANES;
  }

  start(): void {
    const { memory, logger } = this.#options;
    if (memory.found === 'damaged') {
      const text =
        'What went over the link was written down, and cannot be read; the day counts as used up to its reserve.';
      logger.warn({ link: this.id }, text);
    }
    this.#tick();
  }

  allowance(nowMs: number, wantedBytes = this.#options.maxEventBytes): Allowance {
    if (nowMs - this.#countedAtMs >= METER_INTERVAL_MS) this.#count(nowMs);
    this.#wantedBytes = wantedBytes;
    if (this.#mode.inForce.mode !== 'off') this.#cover(nowMs, wantedBytes);
    const elapsedMs = this.#line.elapsedAt(nowMs);
    const allowance = allowanceOf(this.#policy, this.#state, elapsedMs, this.#mode.inForce.mode);
    return { ...allowance, moreAtMs: allowance.moreAtMs - elapsedMs + nowMs };
  }

  charge({ bytes, events }: Charge): () => void {
    this.#hear({ kind: 'charge', bytes, events });
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#count(this.#options.clock.monotonicMs());
      this.#hear({ kind: 'settle', bytes });
    };
  }

  meter(socket: Socket): void {
    this.#total = { ...this.#total, connections: this.#total.connections + 1 };
    this.#meter.add(socket);
  }

  wireShareOf(sink: string): number | undefined {
    return this.#wireShares.get(sink);
  }

  keepWireShare(sink: string, share: number): void {
    this.#wireShares.delete(sink);
    this.#wireShares.set(sink, share);
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Says how the link is to be used from now on, also after a restart.
   *
   * @param mode `auto`: as the schedule and the configuration say
   * @param forMs until when; without it until the next word
   * @returns when it is written down; where it cannot be, {@link status} says so, and it counts until the next start
   */
  async setMode(mode: LinkMode | 'auto', from: ModeOverride['from'], forMs?: number): Promise<void> {
    const sinceMs = this.#line.elapsedAt(this.#options.clock.monotonicMs());
    const untilMs = forMs === undefined ? undefined : sinceMs + forMs;
    this.#mode.say(mode === 'auto' ? undefined : { mode, from, sinceMs, untilMs });
    this.#options.logger.info({ link: this.id, mode, from, forMs }, 'The link was told how it is to be used.');
    this.#tick();
    this.#save();
    await this.#writer.settled();
  }

  /** What people are still to be told of the day. */
  news(): DayNotice<DayNews> | undefined {
    const { ledger } = this.#state;
    const { maxBytesPerDay } = this.#policy;
    const state = newsOfDay(this.#told, dayState(this.#policy, this.#state), maxBytesPerDay, countsFromMs(ledger));
    return state && { state, atMs: ledger.elapsedMs, maxBytes: maxBytesPerDay ?? 0 };
  }

  /** That was told, and is in the journal: maybe so much later that another day is under way. */
  keepTold({ state, ...rest }: DayNotice<DayNews>): void {
    this.#told = state === 'restored' ? undefined : { state, ...rest };
    this.#save();
  }

  status(): LinkStatus {
    const nowMs = this.#options.clock.monotonicMs();
    this.#count(nowMs);
    const { mode, from, endsInMs } = this.#mode.inForce;
    const { maxBytesPerSecond, maxBytesPerDay, reserveBytes } = this.#policy;
    const { ledger } = this.#state;
    const { lastError } = this.#writer;
    const isDated = dateOf(ledger) !== undefined;
    const dayEndsMs = ledger.nextDayMs;
    const state = mode === 'off' ? 'off' : dayState(this.#policy, this.#state);
    const remedy = describeDayRemedy(this.id, state);
    return {
      id: this.id,
      mode,
      modeFrom: from,
      ...(endsInMs === undefined ? {} : { modeEndsInMs: Math.max(0, Math.round(endsInMs)) }),
      state,
      ...(remedy === undefined ? {} : { remedy }),
      ...(lastError === undefined ? {} : { lastError }),
      sentBytes: this.#total.sentBytes,
      receivedBytes: this.#total.receivedBytes,
      connectionCount: this.#total.connections,
      ...(maxBytesPerSecond === undefined ? {} : { maxBytesPerSecond }),
      day: {
        usedBytes: usedBytes(ledger) + pendingBytes(this.#state),
        ...(maxBytesPerDay === undefined ? {} : { maxBytes: maxBytesPerDay }),
        reserveBytes,
        basis: isDated ? 'date' : 'elapsed',
        ...(dayEndsMs === undefined ? {} : { endsInMs: Math.max(0, Math.round(dayEndsMs - ledger.elapsedMs)) }),
      },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancel();
    this.#count(this.#options.clock.monotonicMs());
    await this.#writer.settled();
    this.#save(0);
    await this.#writer.settled();
    await this.#options.memory.close();
  }

  #tick(): void {
    this.#cancel();
    const { clock } = this.#options;
    this.#line.noticeSleep();
    this.#count(clock.monotonicMs());
    this.#learn();
    this.#look();
    this.#keep();
    if (this.#closing === undefined) this.#cancel = clock.schedule(TICK_MS, () => this.#tick());
  }

  /** The date, where it is to be believed; what was said or told before a gap is longer ago than it looked. */
  #learn(): void {
    const stamp = this.#options.stamp();
    if (!isTrusted(stamp)) return;
    const { ledger } = this.#state;
    const missedMs = missedBefore(ledger, stamp.wallMs);
    if (ledger.gapMs !== undefined && missedMs > 0) {
      this.#mode.moveBack(ledger.gapMs, missedMs);
      const told = this.#told;
      if (told !== undefined && told.atMs <= ledger.gapMs) this.#told = { ...told, atMs: told.atMs - missedMs };
    }
    this.#hear({ kind: 'time', wallMs: stamp.wallMs });
    if (ledger.gapMs !== undefined) this.#save();
  }

  /** The mode may have changed by time alone, and so may what is to be told. */
  #look(): void {
    const { ledger } = this.#state;
    if (this.#mode.look(ledger.elapsedMs, dateOf(ledger))) {
      const { mode, from } = this.#mode.inForce;
      this.#options.logger.info({ link: this.id, mode, from }, 'The link is used in another way.');
      this.#notify();
    }
    const news = this.news()?.state;
    if (news !== this.#newsBefore) this.#notify();
    this.#newsBefore = news;
  }

  /** Writes down what only time makes worth it, and what could not be written before. */
  #keep(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const { elapsedMs, gapMs, spans } = this.#state.ledger;
    const isUndated = gapMs !== undefined && spans.length > 0;
    const totalBytes = this.#total.sentBytes + this.#total.receivedBytes;
    const isUncounted =
      this.#policy.maxBytesPerDay === undefined && totalBytes - this.#saved.totalBytes >= SAVE_EVERY_BYTES;
    const isLate = isUndated && elapsedMs - this.#saved.elapsedMs >= SAVE_EVERY_MS;
    const isUnwritten = this.#writer.lastError !== undefined;
    if ((isUncounted || isLate || isUnwritten) && this.#writer.isReady(nowMs)) this.#save();
    else if (this.#mode.inForce.mode !== 'off') this.#cover(nowMs, this.#wantedBytes);
  }

  /** What the sockets have carried since they were asked last. */
  #count(nowMs: number): void {
    this.#countedAtMs = nowMs;
    const { sentBytes, receivedBytes } = this.#meter.read();
    if (sentBytes + receivedBytes === 0) {
      this.#hear({ kind: 'time' });
      return;
    }
    const { connections } = this.#total;
    this.#total = {
      sentBytes: this.#total.sentBytes + sentBytes,
      receivedBytes: this.#total.receivedBytes + receivedBytes,
      connections,
    };
    this.#hear({ kind: 'meter', sentBytes, receivedBytes });
  }

  #hear(event: BudgetEvent): void {
    const { clock, logger } = this.#options;
    const before = this.#state;
    this.#state = stepBudget(this.#policy, before, this.#line.elapsedAt(clock.monotonicMs()), event);
    if (event.kind !== 'time' && event.kind !== 'meter') return;
    const stateBefore = dayState(this.#policy, before);
    const state = dayState(this.#policy, this.#state);
    if (state === stateBefore && before.ledger.dayFromMs === this.#state.ledger.dayFromMs) return;
    if (state === 'open') logger.info({ link: this.id }, 'A day of the link has begun.');
    else if (state !== stateBefore) {
      logger.warn({ link: this.id, remedy: describeDayRemedy(this.id, state) }, DAY_NEWS[state]);
    }
    this.#notify();
  }

  #cover(nowMs: number, wantedBytes: number): void {
    if (!this.#writer.isReady(nowMs)) return;
    const aheadBytes = bytesToCover(this.#policy, this.#state, wantedBytes);
    if (aheadBytes !== undefined) this.#save(aheadBytes);
  }

  /** A record for another reason covers no less than the one before. */
  #aheadBytes(): number {
    return bytesToCover(this.#policy, this.#state, 0) ?? Math.max(0, this.#state.coveredBytes);
  }

  /** @param aheadBytes as much as before, unless stated */
  #save(aheadBytes?: number): void {
    this.#writer.write(() => this.#record(aheadBytes ?? this.#aheadBytes()));
  }

  #record(aheadBytes: number): LinkRecord {
    this.#hear({ kind: 'save', aheadBytes });
    const { ledger } = this.#state;
    const { sentBytes, receivedBytes } = this.#total;
    this.#saved = { elapsedMs: ledger.elapsedMs, totalBytes: sentBytes + receivedBytes };
    return {
      ledger: spendBytes(ledger, aheadBytes),
      override: this.#mode.override,
      told: this.#told,
      boot: this.#line.mark(),
      wireShares: this.#wireShares,
    };
  }

  /** Later: who listens may be the one whose question brought the news about. */
  #notify(): void {
    if (this.#isNewsDue) return;
    this.#isNewsDue = true;
    queueMicrotask(() => {
      this.#isNewsDue = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}

// Brands are only types: these are slugs, of the streams that there are unless configured.
const DEFAULT_METERED_LANES = ['alerts', 'control'] as StreamId[];

const DAY_NEWS = {
  low: 'Little is left of the bytes of the day: urgent lanes go on, batches that it would cut wait.',
  reserved: 'Of the bytes of the day only the reserve is left: urgent lanes go on, the others wait.',
  spent: 'The bytes of the day are spent: the link rests until there are more.',
};

/** Of a record that is damaged nobody knows what it said: alerts may still go. */
function unknownLedger({ maxBytesPerDay = 0, alertReserveBytes }: LinkConfig): DayLedger {
  return spendBytes(NEW_LEDGER, Math.max(0, maxBytesPerDay - alertReserveBytes));
}
