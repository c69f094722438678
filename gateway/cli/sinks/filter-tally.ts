import type { JournalItem } from '#gateway/cli/journal/read-range.ts';
import type { TimedRecord } from '#gateway/journal/journal-reader.ts';
import type { SinkMeter } from '#gateway/sinks/meter/sink-meter.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import type { FilterRule } from '#gateway/sinks/shape/filter-rule.ts';
import type { DropReason, FilterMemory, Shaper } from '#gateway/sinks/shape/shaper.ts';
import { RuleCensus, type RuleRemark } from './rule-census.ts';

/** What a filter would do, and what the rest would take. */
export interface FilterReport {
  readonly seen: Seen;
  readonly forwarded: Tally;
  readonly leftOut: readonly LeftOut[];
  /** Rules that found nothing to do, or nothing of what they name. */
  readonly remarks: readonly RuleRemark[];
  /** Records that are lost, of which the remote would be told. */
  readonly lostCount: number;
  /** Times that a topic was forgotten because rules remember more topics than there is room for: its next event goes though nothing changed. */
  readonly forgottenCount: number;
  /** Bytes on the wire, both ways, without connecting and keeping alive. */
  readonly wireBytes: number;
  readonly wireBasis: string;
  /** From the first record to the last, where both have a date. */
  readonly spanMs?: number;
  /** What a day would take at this rate; absent where the span is too short to say. */
  readonly day?: DayRate;
  /** By topic, the most bytes first. */
  readonly topics: readonly TopicReport[];
}

/** Records and their bytes. */
export interface Seen {
  count: number;
  payloadBytes: number;
}

/** The envelope counts the payload too. */
export interface Tally extends Seen {
  envelopeBytes: number;
}

/** What would be forwarded in a day. */
export interface DayRate extends Readonly<Tally> {
  readonly wireBytes: number;
}

/** How many events one key of one rule left out. */
export interface LeftOut {
  /** The first is 0, as in `sinks[0].filter[0]`. */
  readonly ruleIndex: number;
  readonly reason: DropReason;
  readonly count: number;
}

/** What becomes of one topic. */
export interface TopicReport {
  readonly topic: string;
  /** Where it is forwarded under another. */
  readonly forwardedTopic?: string;
  readonly seen: Seen;
  readonly forwarded: Tally;
  readonly leftOut: readonly LeftOut[];
}

/** Topics that are told apart; those that come later are counted together. */
export const MAX_TALLIED_TOPICS = 10_000;
/** In place of their names; no topic may have it. */
export const OTHER_TOPICS = '#';

/** Puts what a sink would read, lane by lane, through its filter, and counts. Memory does not grow with the records. */
export class FilterTally {
  readonly #shaper: Shaper;
  readonly #census: RuleCensus;
  readonly #meter: SinkMeter;
  readonly #lanes = new Map<string, Lane>();
  readonly #topics = new Map<string, TopicTally>();
  #lostCount = 0;
  #forgottenCount = 0;
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** @throws WaystationError `config.invalid` for rules with faults */
  constructor(rules: readonly FilterRule[], meter: SinkMeter) {
    this.#shaper = compileShaper(rules);
    this.#census = new RuleCensus(rules);
    this.#meter = meter;
  }

  /** The items of one stream in the order of their sequences, streams in any order. */
  add(item: JournalItem): void {
    if ('lost' in item) {
      this.#lostCount += item.lost.to - item.lost.from + 1;
      return;
    }
    this.#noteTime(item);
    const { record, stream } = item;
    const lane = this.#laneOf(stream);
    const tally = this.#tallyOf(record.topic);
    tally.seen.count++;
    tally.seen.payloadBytes += record.payload.length;
    const decision = this.#shaper.decide(record, lane.memory);
    this.#census.note(record, decision);
    if (!decision.passes) {
      const key = `${decision.ruleIndex} ${decision.reason}`;
      const before = tally.leftOut.get(key);
      const { ruleIndex, reason } = decision;
      tally.leftOut.set(key, { ruleIndex, reason, count: (before?.count ?? 0) + 1 });
      return;
    }
    if (decision.change !== undefined && lane.memory.apply(decision.change)) this.#forgottenCount++;
    const stored = { ...item, record: decision.record };
    const envelopeBytes = this.#meter.add({ stored, prev: lane.prev, isReplayed: false, accepted: item.time });
    lane.prev = item.sequence;
    tally.forwarded.count++;
    tally.forwarded.payloadBytes += decision.record.payload.length;
    tally.forwarded.envelopeBytes += envelopeBytes;
    if (decision.record.topic !== record.topic) tally.forwardedTopic = decision.record.topic;
  }

  report(): FilterReport {
    const tallies = [...this.#topics];
    const topics = tallies.map(([topic, { forwardedTopic, seen, forwarded, leftOut }]) => ({
      ...{ topic, seen, forwarded, leftOut: sorted(leftOut) },
      ...(forwardedTopic === undefined || topic === OTHER_TOPICS ? {} : { forwardedTopic }),
    }));
    const { count, payloadBytes } = sumOf(topics.map(({ seen }) => ({ ...seen, envelopeBytes: 0 })));
    const forwarded = sumOf(topics.map(({ forwarded }) => forwarded));
    const wireBytes = this.#meter.wireBytes();
    const spanMs = this.#lastMs > this.#firstMs ? this.#lastMs - this.#firstMs : undefined;
    return {
      seen: { count, payloadBytes },
      forwarded,
      leftOut: mergeLeftOut(topics.map(({ leftOut }) => leftOut)),
      remarks: count === 0 ? [] : this.#census.remarks(),
      lostCount: this.#lostCount,
      forgottenCount: this.#forgottenCount,
      wireBytes,
      wireBasis: this.#meter.basis,
      ...(spanMs === undefined ? {} : { spanMs }),
      ...(spanMs === undefined || spanMs < MIN_SPAN_MS ? {} : { day: rateOf({ ...forwarded, wireBytes }, spanMs) }),
      topics: topics.toSorted((a, b) => b.forwarded.envelopeBytes - a.forwarded.envelopeBytes),
    };
  }

  #noteTime({ time }: TimedRecord): void {
    if (!('unixMs' in time)) return;
    this.#firstMs = Math.min(this.#firstMs, time.unixMs);
    this.#lastMs = Math.max(this.#lastMs, time.unixMs);
  }

  #laneOf(stream: string): Lane {
    const lane = this.#lanes.get(stream) ?? { memory: this.#shaper.openMemory(), prev: 0 };
    this.#lanes.set(stream, lane);
    return lane;
  }

  #tallyOf(topic: string): TopicTally {
    const isKnown = this.#topics.has(topic) || this.#topics.size < MAX_TALLIED_TOPICS;
    const name = isKnown ? topic : OTHER_TOPICS;
    const tally = this.#topics.get(name) ?? {
      seen: { count: 0, payloadBytes: 0 },
      forwarded: emptyTally(),
      leftOut: new Map(),
    };
    this.#topics.set(name, tally);
    return tally;
  }
}

interface Lane {
  readonly memory: FilterMemory;
  prev: number;
}

interface TopicTally {
  readonly seen: Seen;
  readonly forwarded: Tally;
  readonly leftOut: Map<string, LeftOut>;
  forwardedTopic?: string;
}

function emptyTally(): Tally {
  return { count: 0, payloadBytes: 0, envelopeBytes: 0 };
}

function sumOf(tallies: readonly Tally[]): Tally {
  const sum = emptyTally();
  for (const { count, payloadBytes, envelopeBytes } of tallies) {
    sum.count += count;
    sum.payloadBytes += payloadBytes;
    sum.envelopeBytes += envelopeBytes;
  }
  return sum;
}

const DAY_MS = 86_400_000;
/** A shorter time says nothing of a day. */
const MIN_SPAN_MS = 60_000;

function rateOf({ count, payloadBytes, envelopeBytes, wireBytes }: DayRate, spanMs: number): DayRate {
  const aDay = (amount: number) => Math.round((amount * DAY_MS) / spanMs);
  return {
    ...{ count: aDay(count), payloadBytes: aDay(payloadBytes) },
    ...{ envelopeBytes: aDay(envelopeBytes), wireBytes: aDay(wireBytes) },
  };
}

function mergeLeftOut(lists: readonly (readonly LeftOut[])[]): readonly LeftOut[] {
  const merged = new Map<string, LeftOut>();
  for (const { ruleIndex, reason, count } of lists.flat()) {
    const key = `${ruleIndex} ${reason}`;
    merged.set(key, { ruleIndex, reason, count: count + (merged.get(key)?.count ?? 0) });
  }
  return sorted(merged);
}

/** In the order of the rules. */
function sorted(leftOut: ReadonlyMap<string, LeftOut>): readonly LeftOut[] {
  const all = [...leftOut.values()].map(({ ruleIndex, reason, count }) => ({ ruleIndex, reason, count }));
  return all.sort((a, b) => a.ruleIndex - b.ruleIndex || a.reason.localeCompare(b.reason));
}
