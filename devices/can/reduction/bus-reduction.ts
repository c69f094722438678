import type { DbcMessage } from '#devices/can/dbc/dbc.ts';
import { type MessageOrigin, MessageReport, type ReportCounts, type ReportHandler } from './message-report.ts';
import { planReport, type ReportPlan } from './report-plan.ts';
import type { ReportRules } from './report-rules.ts';

/**
 * Messages that are kept apart at once, each choice of the multiplexors of a message counting as one. Beyond, the identifier that was heard
 * first is forgotten, with what is held of it given out: when it is heard again it counts as new, and nothing is lost.
 */
export const MAX_REPORTS = 4096;

/** Says what an identifier is; undefined for one that no list knows. */
export type FindOrigin = (id: number, isExtended: boolean) => MessageOrigin | undefined;

/** What came of the payloads so far. */
export interface ReductionCounts extends Readonly<ReportCounts> {
  /** Of messages that the rules drop. */
  readonly droppedCount: number;
  /** Identifiers and transported messages that are known and were heard; after {@link MAX_REPORTS} of them, those that are remembered. */
  readonly knownIdCount: number;
}

/** Report by exception of all messages of a bus: a look-up by identifier, then {@link MessageReport}. */
export class BusReduction {
  readonly #find: FindOrigin;
  readonly #rules: ReportRules;
  readonly #handler: ReportHandler;
  readonly #entries = new Map<number | string, Entry>();
  readonly #plans = new Map<DbcMessage, ReportPlan | undefined>();
  readonly #counts = { unchangedCount: 0, droppedCount: 0 };
  #reportCount = 0;

  constructor(find: FindOrigin, rules: ReportRules, handler: ReportHandler) {
    this.#find = find;
    this.#rules = rules;
    this.#handler = handler;
  }

  get counts(): ReductionCounts {
    return { ...this.#counts, knownIdCount: this.#entries.size };
  }

  /** A data frame came. @returns false when its identifier is not known */
  take(id: number, isExtended: boolean, data: Uint8Array, nowMs: number): boolean {
    const key = isExtended ? id + EXTENDED_KEYS : id;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const origin = this.#find(id, isExtended);
      if (origin === undefined) return false;
      entry = this.#enter(key, origin, nowMs);
    }
    this.#pass(entry, data, nowMs);
    return true;
  }

  /**
   * A message came that was transported in several frames.
   *
   * @param key the same key has the same origin always
   */
  takeMessage(key: string, origin: MessageOrigin, data: Uint8Array, nowMs: number): void {
    this.#pass(this.#entries.get(key) ?? this.#enter(key, origin, nowMs), data, nowMs);
  }

  /** Time has passed. */
  tick(nowMs: number): void {
    for (const entry of this.#entries.values()) for (const report of entry.reports.values()) report.tick(nowMs);
  }

  /** Gives out what is held. */
  flush(nowMs: number): void {
    for (const entry of this.#entries.values()) flushEntry(entry, nowMs);
  }

  #pass(entry: Entry, data: Uint8Array, nowMs: number): void {
    const { plan, origin, reports } = entry;
    if (plan === undefined) {
      this.#counts.droppedCount++;
      return;
    }
    const choice = entry.isMultiplexed ? origin.decoder.multiplexorKey(data) : 0;
    let report = choice === entry.lastChoice ? entry.lastReport : reports.get(choice);
    if (report === undefined) {
      this.#makeRoom(entry, nowMs);
      report = new MessageReport(origin, plan, this.#handler, this.#counts);
      reports.set(choice, report);
      this.#reportCount++;
    }
    entry.lastChoice = choice;
    entry.lastReport = report;
    report.take(data, nowMs);
  }

  #enter(key: number | string, origin: MessageOrigin, nowMs: number): Entry {
    if (this.#entries.size >= MAX_REPORTS) this.#forgetFirst(nowMs);
    const { message } = origin.decoder;
    if (!this.#plans.has(message)) this.#plans.set(message, planReport(message, this.#rules));
    const isMultiplexed = message.signals.some(({ selector }) => selector !== undefined);
    const plan = this.#plans.get(message);
    const entry = { origin, plan, isMultiplexed, reports: new Map(), lastChoice: 0, lastReport: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  #makeRoom(entry: Entry, nowMs: number): void {
    while (this.#reportCount >= MAX_REPORTS) {
      const [first] = this.#entries.values();
      if (first === entry) this.#empty(entry, nowMs);
      else this.#forgetFirst(nowMs);
    }
  }

  #forgetFirst(nowMs: number): void {
    const [first] = this.#entries;
    if (first === undefined) return;
    this.#empty(first[1], nowMs);
    this.#entries.delete(first[0]);
  }

  #empty(entry: Entry, nowMs: number): void {
    flushEntry(entry, nowMs);
    this.#reportCount -= entry.reports.size;
    entry.reports.clear();
    entry.lastReport = undefined;
  }
}

/** Above every identifier of a base frame: one number tells both formats apart. */
const EXTENDED_KEYS = 0x2000_0000;

/** One identifier. */
interface Entry {
  readonly origin: MessageOrigin;
  /** Absent where the rules drop the message. */
  readonly plan: ReportPlan | undefined;
  readonly isMultiplexed: boolean;
  /** By what the multiplexors say. */
  readonly reports: Map<number, MessageReport>;
  /** Of the frame before. */
  lastChoice: number;
  lastReport: MessageReport | undefined;
}

function flushEntry(entry: Entry, nowMs: number): void {
  for (const report of entry.reports.values()) report.flush(nowMs);
}
