import {
  type AuditEvent,
  SOURCE_NAMES,
  type SourceAudit,
  type SourceName,
  type Verdict,
} from '#firmware-sim/protocol.ts';
import type { LedgerLine, MadeLine, Values } from './ledger-line.ts';
import { SeenIds } from './seen-ids.ts';

/** What the hub read out of one publish. */
export interface ReceivedEvent {
  /** Unique over all gateways: the CloudEvents source and id. */
  readonly id: string;
  /** What made it; absent for events that no ledger accounts for. */
  readonly source?: SourceName;
  /** As in {@link MadeLine}; absent if the event does not say. */
  readonly key?: string;
  readonly values?: Values;
}

/**
 * Holds what was received against what was made, one line and one event at a time; pure.
 *
 * The lines that concern an event must be given before the event. Memory: every line that was not received yet, ids as ranges, and the last
 * {@link REMEMBERED_KEYS} keys of each source, so that a second occurrence is known for what it is.
 */
export class Comparison {
  readonly #ids = new SeenIds();
  readonly #sources: Readonly<Record<SourceName, SourceComparison>> = {
    gps0: new SourceComparison(),
    can0: new SourceComparison(),
    'tyre-monitor': new SourceComparison(),
  };
  #repeated = 0;
  #received = 0;

  /** How many events there were, repeats included. */
  get received(): number {
    return this.#received;
  }

  /** How many different ids there were. */
  get distinct(): number {
    return this.#ids.count;
  }

  noteLine(line: LedgerLine): void {
    this.#sources[line.source].noteLine(line);
  }

  noteEvent(event: ReceivedEvent): void {
    this.#received += 1;
    if (!this.#ids.add(event.id)) this.#repeated += 1;
    else if (event.source !== undefined) this.#sources[event.source].noteEvent(event);
  }

  /** So far: only what is behind the newest received event of its source can be called missing. */
  verdict(): Verdict {
    const audits = SOURCE_NAMES.map((name) => this.#sources[name].audit('behindHead'));
    return { ...sumVerdicts(audits), repeated: this.#repeated };
  }

  /** In the end: everything made must be there, or excused. */
  audit(): Omit<AuditEvent, 'event'> {
    const auditOf = (name: SourceName) => this.#sources[name].audit('everything');
    const sources = { gps0: auditOf('gps0'), can0: auditOf('can0'), 'tyre-monitor': auditOf('tyre-monitor') };
    const audits = Object.values(sources);
    return {
      made: sum(audits, (audit) => audit.made),
      unheard: sum(audits, (audit) => audit.unheard),
      ...sumVerdicts(audits),
      repeated: this.#repeated,
      sources,
    };
  }
}

/** The whole comparison of a ledger with what a hub received, in the order of arrival. */
export function compareLedger(lines: Iterable<LedgerLine>, events: Iterable<ReceivedEvent>): Omit<AuditEvent, 'event'> {
  const comparison = new Comparison();
  for (const line of lines) comparison.noteLine(line);
  for (const event of events) comparison.noteEvent(event);
  return comparison.audit();
}

/** How many keys of received events are remembered for each source. An older one that comes again counts as extra. */
export const REMEMBERED_KEYS = 65_536;

/** A line that no event has matched yet. */
interface Awaited {
  readonly ordinal: number;
  readonly line: MadeLine;
  /** Some of its bytes may have been lost: it may stay away, or say less than was made. */
  isExcused: boolean;
}

class SourceComparison {
  /** In the order of making. */
  readonly #awaited = new Map<string, Awaited>();
  /** Keys that were received, with how often each may still come again. */
  readonly #matched = new Map<string, number>();
  #made = 0;
  #headOrdinal = 0;
  #hasPlayback = false;
  #extra = 0;
  #outOfOrder = 0;
  #wrongValues = 0;

  noteLine(line: LedgerLine): void {
    if ('values' in line) {
      this.#made += 1;
      this.#awaited.set(line.key, { ordinal: this.#made, line, isExcused: false });
    } else if ('overrun' in line) {
      const torn = this.#awaited.get(line.overrun);
      if (torn !== undefined) torn.isExcused = true;
    } else if ('unheardFrom' in line) {
      for (const awaited of this.#awaited.values()) {
        if (awaited.line.at >= line.unheardFrom && awaited.line.at <= line.unheardTo) awaited.isExcused = true;
      }
    } else if ('resent' in line) {
      for (const key of line.resent) this.#matched.set(key, (this.#matched.get(key) ?? 0) + 1);
    } else {
      this.#hasPlayback = true;
    }
  }

  noteEvent(event: ReceivedEvent): void {
    const awaited = event.key === undefined ? undefined : this.#awaited.get(event.key);
    if (awaited !== undefined) this.#match(awaited, event.values ?? {});
    else if (event.key === undefined || !this.#mayComeAgain(event.key)) this.#extra += this.#hasPlayback ? 0 : 1;
  }

  audit(scope: 'everything' | 'behindHead'): SourceAudit {
    let missing = 0;
    let unheard = 0;
    for (const { ordinal, isExcused } of this.#awaited.values()) {
      if (scope === 'behindHead' && ordinal > this.#headOrdinal) break;
      if (isExcused) unheard += 1;
      else missing += 1;
    }
    return {
      made: this.#made,
      missing,
      extra: this.#extra,
      outOfOrder: this.#outOfOrder,
      wrongValues: this.#wrongValues,
      unheard,
    };
  }

  #match({ ordinal, line, isExcused }: Awaited, values: Values): void {
    this.#awaited.delete(line.key);
    if (ordinal < this.#headOrdinal) this.#outOfOrder += 1;
    this.#headOrdinal = Math.max(this.#headOrdinal, ordinal);
    if (!isExcused && !agrees(line.values, values)) this.#wrongValues += 1;
    this.#matched.set(line.key, this.#matched.get(line.key) ?? 0);
    const [oldest] = this.#matched.keys();
    if (this.#matched.size > REMEMBERED_KEYS && oldest !== undefined) this.#matched.delete(oldest);
  }

  #mayComeAgain(key: string): boolean {
    const timesLeft = this.#matched.get(key) ?? 0;
    if (timesLeft > 0) this.#matched.set(key, timesLeft - 1);
    return timesLeft > 0;
  }
}

function agrees(made: Values, received: Values): boolean {
  return Object.entries(made).every(([name, value]) => {
    const other = received[name];
    if (typeof value !== 'number' || typeof other !== 'number') return value === other;
    return Math.abs(value - other) <= (TOLERANCES[name] ?? Math.abs(value) * RELATIVE_TOLERANCE);
  });
}

/** How far a number may be off when it passed through the text of an NMEA sentence, and a change of unit. */
const TOLERANCES: Readonly<Record<string, number>> = {
  latitude: 1e-7,
  longitude: 1e-7,
  altitudeMsl: 0.01,
  speedKmh: 0.05,
  headingDeg: 0.05,
  hdop: 0.01,
};

/** Counts and signals pass as they are; their scaling by the DBC is the only arithmetic. */
const RELATIVE_TOLERANCE = 1e-9;

function sumVerdicts(audits: readonly SourceAudit[]): Omit<Verdict, 'repeated'> {
  return {
    missing: sum(audits, (audit) => audit.missing),
    extra: sum(audits, (audit) => audit.extra),
    outOfOrder: sum(audits, (audit) => audit.outOfOrder),
    wrongValues: sum(audits, (audit) => audit.wrongValues),
  };
}

function sum(audits: readonly SourceAudit[], count: (audit: SourceAudit) => number): number {
  return audits.reduce((total, audit) => total + count(audit), 0);
}
