import { InvalidArgumentError } from 'commander';
import type { RepairedTime } from '#gateway/journal/clock-runs.ts';
import type { LostRange } from '#gateway/journal/journal.ts';
import type { JournalReader, ReadPart, TimedRecord } from '#gateway/journal/journal-reader.ts';
import { WaystationError } from '#gateway/model/errors.ts';

/** A place in a journal as an operator names it. */
export type Place = { readonly sequence: number } | { readonly unixMs: number } | { readonly agoMs: number };

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const AGO = /^-(\d+(?:\.\d+)?)([smhd])$/;
const TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** @throws InvalidArgumentError for `commander` to show */
export function parsePlace(text: string): Place {
  if (/^\d{1,15}$/.test(text)) return { sequence: Number(text) };
  const [, count, unit] = AGO.exec(text) ?? [];
  // The expression lets no other unit through.
  if (count !== undefined) return { agoMs: Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS] };
  const time = TIME.exec(text);
  // A date alone is UTC by the standard, a time without an offset would be local; logs and hubs speak UTC.
  const unixMs = time === null ? Number.NaN : Date.parse(text.length > 10 && time[1] === undefined ? `${text}Z` : text);
  if (!Number.isNaN(unixMs)) return { unixMs };
  throw new InvalidArgumentError(
    'Expected a sequence, a time such as 2026-03-01T12:00:00Z (UTC unless it says otherwise), or -90s, -15m, -1h, -2d.',
  );
}

/** What of which streams. */
export interface Selection {
  /** All that hold events unless stated. */
  readonly stream?: string;
  readonly from?: Place;
  readonly to?: Place;
}

/** A part of one stream, ends included. */
export interface SequenceRange {
  readonly stream: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Turns places into sequences, once: what a running gateway takes meanwhile is not part of it.
 * @throws WaystationError `journal.unknownStream`, `journal.needsStream`, `journal.swappedEnds`
 */
export async function findRanges(
  reader: JournalReader,
  selection: Selection,
  nowMs: number,
): Promise<readonly SequenceRange[]> {
  const { stream, from, to } = selection;
  if (from !== undefined && to !== undefined && isAfter(from, to, nowMs))
    throw new WaystationError('journal.swappedEnds', 'Reading a range: its first record is behind its last.');
  const { streams } = await reader.stat();
  const chosen = streams.filter(({ id, isBuiltIn }) => (stream === undefined ? !isBuiltIn : id === stream));
  if (chosen.length === 0) {
    const known = (stream === undefined ? chosen : streams).map(({ id }) => id).join(', ');
    throw new WaystationError(
      'journal.unknownStream',
      `Reading the stream ${stream ?? ''}: there is ${known || 'none'}.`,
    );
  }
  if (chosen.length > 1 && [from, to].some((place) => place !== undefined && 'sequence' in place)) {
    throw new WaystationError(
      'journal.needsStream',
      `A sequence counts within a stream, and there are ${chosen.map(({ id }) => id).join(', ')}.`,
    );
  }
  const ranges: SequenceRange[] = [];
  for (const { id, oldestSequence, syncedSequence } of chosen) {
    const first = from === undefined ? oldestSequence : await sequenceOf(reader, id, from, nowMs);
    const last = to === undefined ? syncedSequence : await lastSequenceOf(reader, id, to, nowMs);
    ranges.push({ stream: id, from: first, to: Math.min(last, syncedSequence) });
  }
  return ranges;
}

/** A sequence and a time cannot be compared without reading. */
function isAfter(a: Place, b: Place, nowMs: number): boolean {
  if ('sequence' in a || 'sequence' in b) return 'sequence' in a && 'sequence' in b && a.sequence > b.sequence;
  return msOf(a, nowMs) > msOf(b, nowMs);
}

function msOf(place: Exclude<Place, { readonly sequence: number }>, nowMs: number): number {
  return 'unixMs' in place ? place.unixMs : nowMs - place.agoMs;
}

async function sequenceOf(reader: JournalReader, stream: string, place: Place, nowMs: number): Promise<number> {
  if ('sequence' in place) return place.sequence;
  return reader.locate(stream, msOf(place, nowMs));
}

/** Times are whole milliseconds: the last record of an instant is the one before the first of the next. */
async function lastSequenceOf(reader: JournalReader, stream: string, place: Place, nowMs: number): Promise<number> {
  if ('sequence' in place) return place.sequence;
  return (await reader.locate(stream, 1 + msOf(place, nowMs))) - 1;
}

/** What comes out of a journal, in the order of its sequences. */
export type JournalItem = TimedRecord | LostItem;

/** Records of a stream that cannot be read any more. */
export interface LostItem {
  readonly stream: string;
  readonly lost: LostRange;
}

/** How a reading reports how far it is: sequences dealt with, matching or not. */
export type OnRead = (sequenceCount: number) => void;

/** Walks over one range. Memory holds one answer, whatever the range. */
export async function* readRange(
  reader: JournalReader,
  range: SequenceRange,
  topic?: string,
  onRead: OnRead = () => {},
): AsyncGenerator<JournalItem> {
  const { stream, to } = range;
  for (let from = range.from; from <= to; ) {
    const part = await reader.read({ stream, from, ...(topic === undefined ? {} : { topic }) });
    yield* itemsOf(stream, part, to);
    // A journal that lost its end since the range was found ends here.
    if (part.nextSequence <= from) return;
    onRead(Math.min(part.nextSequence, to + 1) - from);
    from = part.nextSequence;
  }
}

/** The items of one answer in order, up to `to`. */
export function itemsOf(stream: string, part: ReadPart, to = Number.POSITIVE_INFINITY): readonly JournalItem[] {
  const lost = part.lost
    .filter(({ from }) => from <= to)
    .map((each) => ({ stream, lost: { ...each, to: Math.min(each.to, to) } }));
  const items: JournalItem[] = [...part.records.filter(({ sequence }) => sequence <= to), ...lost];
  return items.sort((a, b) => placeOf(a) - placeOf(b));
}

function placeOf(item: JournalItem): number {
  return 'lost' in item ? item.lost.from : item.sequence;
}

/** All ranges as one: by the time of acceptance, each stream in its own order. */
export async function* mergeByTime(streams: readonly AsyncGenerator<JournalItem>[]): AsyncGenerator<JournalItem> {
  const heads: Head[] = [];
  for (const items of streams) {
    const { value } = await items.next();
    if (value) heads.push({ items, item: value });
  }
  while (heads.length > 0) {
    const head = heads.reduce((first, each) => (isBefore(each.item, first.item) ? each : first));
    yield head.item;
    const { value } = await head.items.next();
    if (value) head.item = value;
    else heads.splice(heads.indexOf(head), 1);
  }
}

interface Head {
  readonly items: AsyncGenerator<JournalItem>;
  item: JournalItem;
}

/** Within a clock run nothing but monotonic time counts, whatever became known of its date. What is lost has no time, and does not wait. */
function isBefore(a: JournalItem, b: JournalItem): boolean {
  if ('lost' in a || 'lost' in b) return 'lost' in a;
  const [first, second] = [a.record.stamp, b.record.stamp];
  if (first.clockRun === second.clockRun) return first.monotonicMs < second.monotonicMs;
  return sortMsOf(a.time) < sortMsOf(b.time);
}

/** A run that has not learned the time yet is the last one. */
function sortMsOf(time: RepairedTime): number {
  if ('unixMs' in time) return time.unixMs;
  return (time.basis === 'bounded' ? (time.earliestMs ?? time.latestMs) : undefined) ?? Number.POSITIVE_INFINITY;
}
