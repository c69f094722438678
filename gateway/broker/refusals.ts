import type { ErrorCode } from '#gateway/model/errors.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { LogFields, Logger } from '#gateway/runtime/logger.ts';
import { nameOfClient } from './seen/name-of-client.ts';

/** Why something was refused: the keys of `BrokerStatus.refusals`. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** What the guard of a connection finds comes first. */
const REFUSAL_REASONS = [
  'notMqtt',
  'malformedLength',
  'connectTooLarge',
  'packetTooLarge',
  'slowReader',
  'malformedPacket',
  'protocolViolation',
  'badCertificate',
  'badLogin',
  'badClientId',
  'badMessage',
  'badProxyHeader',
  'badWebSocket',
  'clientIdTaken',
  'connectTimeout',
  'foreignOrigin',
  'loginHeldUp',
  'loginSuperseded',
  'notAuthorized',
  'queueExpired',
  'queueFull',
  'retainedFull',
  'revoked',
  'tlsFailed',
  'tooFast',
  'tooManyClients',
  'tooManyConnections',
  'tooManyInflight',
  'tooManySessions',
  'tooManySubscriptions',
  'topicTooDeep',
  'unsupportedProtocol',
  'untrustedProxy',
  'journalFull',
  'journalFailed',
  'admissionFailed',
] as const;

/** One refusal. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** Client id, or the address of a peer that has not logged in: such a peer could give another id each time. */
  readonly client: string;
  /**
   * What tells refusals of one client for one reason apart, such as who a peer says it is, where `client` is the address of many: each
   * gets a line of its own, {@link MAX_LINES_PER_PLACE} of an address.
   */
  readonly detail?: string;
  /** How many there were of it; 1 unless stated. */
  readonly count?: number;
  readonly code?: ErrorCode;
  /** What was attempted and why it was refused; what a client chose is in it as {@link quote} gives it. */
  readonly text: string;
}

/** One line per client and reason in this time; the counters see every refusal. */
export const LOG_INTERVAL_MS = 60_000;
/** Lines of all clients together in this time. */
export const MAX_LOG_LINES = 100;
/** Lines for one address and one reason in this time: whoever makes up names must not use up the lines of others. */
export const MAX_LINES_PER_PLACE = 10;
/** Longest text of a client's choice in a line, in UTF-16 code units. */
export const MAX_QUOTED_CHARS = 64;

/** Counts every refusal, and logs few: whoever tries again, or tries something else each time, must not fill disk or memory. */
export class Refusals implements Disposable {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counts: Partial<Record<RefusalReason, number>> = {};
  /** Who was logged in this minute, and for what. */
  readonly #logged = new Set<string>();
  /** Lines with a detail, by reason and address. */
  readonly #placeLines = new Map<string, number>();
  readonly #watchers: ((refusal: Refusal) => void)[] = [];
  readonly #tallies: (() => void)[] = [];
  #suppressedCount = 0;
  #cancelMinute: Cancel | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get counts(): Readonly<Record<string, number>> {
    for (const handIn of this.#tallies) handIn();
    return { ...this.#counts };
  }

  /** Somebody counts refusals that come in floods, and is asked to note them in bulk before the counters are read. */
  addTally(handIn: () => void): void {
    this.#tallies.push(handIn);
  }

  /** `watcher` is told of every refusal. */
  watch(watcher: (refusal: Refusal) => void): void {
    this.#watchers.push(watcher);
  }

  note(refusal: Refusal, fields: LogFields = {}): void {
    const { reason, client, code, text, count = 1 } = refusal;
    for (const watcher of this.#watchers) watcher(refusal);
    this.#counts[reason] = (this.#counts[reason] ?? 0) + count;
    if (!this.#mayLog(refusal)) return;
    const name = clip(nameOfClient(client));
    this.#logger.warn({ client: name, reason, ...(code === undefined ? {} : { code }), ...clipped(fields) }, text);
  }

  #mayLog({ reason, client, detail }: Refusal): boolean {
    const place = `${reason} ${clip(client)}`;
    const key = detail === undefined ? place : `${place} ${clip(detail)}`;
    if (this.#logged.has(key)) return false;
    const placeLines = this.#placeLines.get(place) ?? 0;
    if (this.#logged.size >= MAX_LOG_LINES || (detail !== undefined && placeLines >= MAX_LINES_PER_PLACE)) {
      this.#suppressedCount++;
      return false;
    }
    this.#cancelMinute ??= this.#clock.schedule(LOG_INTERVAL_MS, () => this[Symbol.dispose]());
    this.#logged.add(key);
    if (detail !== undefined) this.#placeLines.set(place, placeLines + 1);
    return true;
  }

  /** Ends the minute: says what was left out. */
  [Symbol.dispose](): void {
    this.#cancelMinute?.();
    this.#cancelMinute = undefined;
    this.#logged.clear();
    this.#placeLines.clear();
    if (this.#suppressedCount > 0) {
      const suppressedCount = this.#suppressedCount;
      this.#suppressedCount = 0;
      this.#logger.warn({ suppressedCount }, `suppressed ${suppressedCount} refusals in the last minute`);
    }
  }
}

/** What a client chose, in quotation marks and never long: for the text of a line. */
export function quote(text: string): string {
  return JSON.stringify(clip(text));
}

/** What a client chose, never long. */
export function clip(text: string): string {
  return text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text;
}

function clipped(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? clip(value) : value]),
  );
}
