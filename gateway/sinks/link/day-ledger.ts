import { invariant } from '#gateway/model/errors.ts';
import type { LinkDay } from './link-calendar.ts';

/** Bytes that went between two moments. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: number;
}

/**
 * What went over a link and when, on a time line of its own: milliseconds for which the gateway is known to have run or slept. That line
 * never jumps and never runs ahead of the time that really passed, so whatever happens to the date, nothing looks older than it is:
 *
 * ```text
 *             dayFrom                      gap           elapsed   nextDay
 *  spans  ▬▬▬▬|▬▬▬▬▬▬▬   ▬▬   ▬▬▬▬▬▬ known :     ▬▬▬▬        |         |
 *             '- what counts begins here, or 25 hours ago
 * ```
 * A restart of the host leaves a gap whose length is not known. Once the date is trusted on both sides of it, what lies before is moved
 * back, but by a stretch of the calendar once only: a date that was set back was told too early, and what it opened up is used.
 */
export interface DayLedger {
  readonly elapsedMs: number;
  /** In order. */
  readonly spans: readonly Span[];
  /** Where the day under way began; undefined while no date was ever known. */
  readonly dayFromMs: number | undefined;
  /** Where the next begins, at least {@link MIN_DAY_MS} later; undefined while nobody knows. */
  readonly nextDayMs: number | undefined;
  /** The last trusted date, and where on the line that was. */
  readonly known: { readonly elapsedMs: number; readonly wallMs: number } | undefined;
  /** How far a date that was trusted before lay ahead of it. */
  readonly aheadMs: number;
  /** The first gap after it; undefined while the time since then is known to the second. */
  readonly gapMs: number | undefined;
}

/** Tells the days apart; see `link-calendar.ts`. */
export interface Calendar {
  dayOf(wallMs: number): LinkDay;
}

/** Beginnings of days are so far apart at least, however the date jumps: clocks on walls are put forward by an hour, drift takes seconds. */
export const MIN_DAY_MS = 22 * 3_600_000;
/** No day is longer: what is older counts no more, though nobody knows the date. */
export const MAX_DAY_MS = 25 * 3_600_000;
/** What goes within an hour is one span. */
const SPAN_MS = 3_600_000;
/** In 25 hours with some restarts; where there are more, what lies closest together becomes one, which counts as long as its end. */
export const MAX_SPANS = 40;

/** Of a link that has never been used. */
export const NEW_LEDGER: DayLedger = {
  elapsedMs: 0,
  spans: [],
  dayFromMs: undefined,
  nextDayMs: undefined,
  known: undefined,
  aheadMs: 0,
  gapMs: undefined,
};

/** Time passed, as far as is known. */
export function advanceTo(calendar: Calendar, ledger: DayLedger, elapsedMs: number): DayLedger {
  if (elapsedMs <= ledger.elapsedMs) return ledger;
  const moved = { ...ledger, elapsedMs };
  const wallMs = dateOf(moved);
  if (wallMs === undefined || (ledger.nextDayMs !== undefined && elapsedMs < ledger.nextDayMs)) return moved;
  return withDate(calendar, moved, wallMs);
}

/** A date that is to be believed. */
export function learnDate(calendar: Calendar, ledger: DayLedger, wallMs: number): DayLedger {
  const { elapsedMs, gapMs } = ledger;
  const missedMs = missedBefore(ledger, wallMs);
  const told = missedMs > 0 && gapMs !== undefined ? withMissed(ledger, gapMs, missedMs) : ledger;
  const aheadMs = Math.min(MAX_DAY_MS, Math.max(0, latestDateOf(ledger) - wallMs));
  return withDate(calendar, { ...told, known: { elapsedMs, wallMs }, aheadMs, gapMs: undefined }, wallMs);
}

/** How much longer ago than it looks everything before the first gap is, by a trusted date; 0 where there is no gap. */
export function missedBefore(ledger: DayLedger, wallMs: number): number {
  if (ledger.known === undefined || ledger.gapMs === undefined) return 0;
  return Math.max(0, wallMs - latestDateOf(ledger));
}

/** The latest date that was ever trusted, gone on by the time that is known to have passed; never more than a day ahead of the last. */
function latestDateOf({ elapsedMs, known, aheadMs }: DayLedger): number {
  return known === undefined ? -Infinity : known.wallMs + (elapsedMs - known.elapsedMs) + aheadMs;
}

/** The date now, by the last trusted one and the time since; undefined where a gap lies between. */
export function dateOf({ elapsedMs, known, gapMs }: DayLedger): number | undefined {
  return known === undefined || gapMs !== undefined ? undefined : known.wallMs + (elapsedMs - known.elapsedMs);
}

/**
 * What was kept is taken up by a new process.
 *
 * @param passedMs since it was kept, where the host has run on; else nobody knows yet how long, but that it was a millisecond
 */
export function resumeLedger(ledger: DayLedger, passedMs?: number): DayLedger {
  const endedMs = Math.max(ledger.elapsedMs, ledger.spans.at(-1)?.toMs ?? 0);
  if (passedMs !== undefined)
    return { ...ledger, elapsedMs: Math.max(endedMs, ledger.elapsedMs + passedMs), nextDayMs: undefined };
  return { ...ledger, elapsedMs: endedMs + 1, nextDayMs: undefined, gapMs: ledger.gapMs ?? endedMs };
}

/** Bytes went, now. */
export function spendBytes(ledger: DayLedger, bytes: number): DayLedger {
  if (bytes === 0) return ledger;
  const { elapsedMs, dayFromMs = -Infinity, gapMs = -Infinity } = ledger;
  const kept = ledger.spans.filter((span) => span.toMs >= elapsedMs - MAX_DAY_MS);
  const last = kept.at(-1);
  if (last !== undefined && last.fromMs > gapMs && last.fromMs >= Math.max(dayFromMs, elapsedMs - SPAN_MS)) {
    return { ...ledger, spans: [...kept.slice(0, -1), { ...last, toMs: elapsedMs, bytes: last.bytes + bytes }] };
  }
  return { ...ledger, spans: bounded([...kept, { fromMs: elapsedMs, toMs: elapsedMs, bytes }]) };
}

/** What went in the day under way, at most: in doubt it counts. */
export function usedBytes(ledger: DayLedger): number {
  const fromMs = countsFromMs(ledger);
  return ledger.spans.reduce((sum, { toMs, bytes }) => (toMs >= fromMs ? sum + bytes : sum), 0);
}

/** Where on the line there will be less used by time alone; Infinity where nothing is. */
export function nextReliefMs(ledger: DayLedger): number {
  const fromMs = countsFromMs(ledger);
  const oldest = ledger.spans.find(({ toMs }) => toMs >= fromMs);
  if (oldest === undefined) return Infinity;
  return Math.min(oldest.toMs + MAX_DAY_MS + 1, ledger.nextDayMs ?? Infinity);
}

/** Where on the line the day under way began; what lies before counts no more. */
export function countsFromMs({ dayFromMs = -Infinity, elapsedMs }: DayLedger): number {
  return Math.max(dayFromMs, elapsedMs - MAX_DAY_MS);
}

/** A day that would begin soon after another is none: the date was wrong before, or it is now, or days are to begin at another hour. */
function withDate(calendar: Calendar, ledger: DayLedger, wallMs: number): DayLedger {
  const { elapsedMs } = ledger;
  const day = calendar.dayOf(wallMs);
  const elapsedAt = (instantMs: number) => elapsedMs + (instantMs - wallMs);
  const begun = elapsedAt(day.fromMs);
  const dayFromMs = isDayAfter(ledger.dayFromMs, begun) ? begun : ledger.dayFromMs;
  const next = elapsedAt(day.toMs);
  const nextDayMs = isDayAfter(dayFromMs, next) ? next : elapsedAt(calendar.dayOf(day.toMs).toMs);
  return { ...ledger, dayFromMs, nextDayMs };
}

function isDayAfter(dayFromMs: number | undefined, fromMs: number): boolean {
  return dayFromMs === undefined || fromMs - dayFromMs >= MIN_DAY_MS;
}

/** What ended before the first gap is older than it looked. Of what lies between two gaps nobody knows; it stays where it is. */
function withMissed(ledger: DayLedger, gapMs: number, missedMs: number): DayLedger {
  const spans = ledger.spans.map((span) => {
    return span.toMs > gapMs ? span : { ...span, fromMs: span.fromMs - missedMs, toMs: span.toMs - missedMs };
  });
  const dayFromMs = ledger.dayFromMs === undefined ? undefined : ledger.dayFromMs - missedMs;
  return { ...ledger, spans, dayFromMs };
}

function bounded(spans: readonly Span[]): readonly Span[] {
  if (spans.length <= MAX_SPANS) return spans;
  const ends = spans.slice(1).map((span, index) => span.toMs - (spans[index]?.fromMs ?? 0));
  const closest = ends.indexOf(Math.min(...ends));
  const [first, second] = [spans[closest], spans[closest + 1]];
  invariant(first !== undefined && second !== undefined, 'Two spans lie closest together.');
  const both = { fromMs: first.fromMs, toMs: second.toMs, bytes: first.bytes + second.bytes };
  return [...spans.slice(0, closest), both, ...spans.slice(closest + 2)];
}
