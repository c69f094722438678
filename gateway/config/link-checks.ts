import type { ConfigIssue } from './config-problem.ts';
import { DEFAULT_STREAMS } from './config-schema.ts';
import { listAt, valueAt } from './document-value.ts';
import { formatSize, parseSize } from './fields.ts';
import { MIN_DAY_BYTES, parseTimeOfDay, WEEKDAYS } from './link-section.ts';

const DEFAULT_PACKET_BYTES = 256 * 1024;
const MINUTES_PER_DAY = 1440;
const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;

/** Links that nobody knows, budgets that cannot be kept, and windows that contradict each other. */
export function* linkIssues(document: unknown): Generator<ConfigIssue> {
  yield* unknownLinks(document);
  yield* strangeLanes(document);
  for (const [index, link] of listAt(document, 'links').entries()) {
    yield* impossibleBudget(document, link, ['links', index]);
    yield* clashingWindows(link, ['links', index, 'schedule']);
  }
}

type Path = ConfigIssue['path'];

function* unknownLinks(document: unknown): Generator<ConfigIssue> {
  const links = listAt(document, 'links').map((link) => valueAt(link, 'id'));
  const known = links.filter((id) => typeof id === 'string').join(', ') || 'none';
  for (const [index, sink] of listAt(document, 'sinks').entries()) {
    const link = valueAt(sink, 'link');
    if (typeof link !== 'string' || links.includes(link)) continue;
    yield { path: ['sinks', index, 'link'], message: `names no entry of links; there is ${known}` };
  }
}

function* strangeLanes(document: unknown): Generator<ConfigIssue> {
  const written = valueAt(document, 'streams') === undefined ? DEFAULT_STREAMS : listAt(document, 'streams');
  const streams = written.map((stream) => valueAt(stream, 'id'));
  for (const [index, link] of listAt(document, 'links').entries()) {
    yield* notAmong(listAt(link, 'meteredLanes'), streams, ['links', index, 'meteredLanes'], 'no stream');
  }
  for (const [index, sink] of listAt(document, 'sinks').entries()) {
    const lanes = valueAt(sink, 'lanes') === undefined ? streams : listAt(sink, 'lanes');
    yield* notAmong(
      listAt(sink, 'urgentLanes'),
      lanes,
      ['sinks', index, 'urgentLanes'],
      'none of the lanes of the sink',
    );
  }
}

function* notAmong(
  names: readonly unknown[],
  known: readonly unknown[],
  path: Path,
  what: string,
): Generator<ConfigIssue> {
  for (const [place, name] of names.entries()) {
    if (known.includes(name)) continue;
    const list = known.filter((id) => typeof id === 'string').join(', ');
    yield { path: [...path, place], message: `names ${what}; there is ${list}` };
  }
}

/** An event that is larger than what others than urgent lanes may use of a day would wait for ever. */
function* impossibleBudget(document: unknown, link: unknown, path: Path): Generator<ConfigIssue> {
  const reserve = valueAt(link, 'alertReserveBytes');
  const dayBytes = parseSize(valueAt(link, 'maxBytesPerDay'));
  const reserveBytes = parseSize(reserve) ?? 0;
  if (dayBytes === undefined) {
    if (reserveBytes > 0 && valueAt(link, 'maxBytesPerDay') === undefined)
      yield { path: [...path, 'alertReserveBytes'], message: 'is a part of maxBytesPerDay, which is not there' };
    return;
  }
  // That it is no budget at all is told by its own line; more about it would only confuse.
  if (dayBytes < MIN_DAY_BYTES) return;
  if (reserveBytes >= dayBytes) {
    const message = `is all of the day or more (maxBytesPerDay, ${formatSize(dayBytes)}); lower it, or raise that`;
    yield { path: [...path, 'alertReserveBytes'], message };
    return;
  }
  const packetBytes = parseSize(valueAt(document, 'broker', 'limits', 'maxPacketBytes')) ?? DEFAULT_PACKET_BYTES;
  if (dayBytes - reserveBytes >= packetBytes) return;
  const message =
    `leaves less than the largest packet, ${formatSize(packetBytes)} (broker.limits.maxPacketBytes), beside alertReserveBytes: ` +
    'such an event would wait for ever; raise maxBytesPerDay, or lower broker.limits.maxPacketBytes';
  yield { path: [...path, 'maxBytesPerDay'], message };
}

function* clashingWindows(link: unknown, path: Path): Generator<ConfigIssue> {
  const taken: (number | undefined)[] = new Array(MINUTES_PER_WEEK);
  for (const [index, window] of listAt(link, 'schedule').entries()) {
    const from = parseTimeOfDay(valueAt(window, 'from'));
    const to = parseTimeOfDay(valueAt(window, 'to'));
    if (from === undefined || to === undefined) continue;
    if (from === to) {
      yield { path: [...path, index, 'to'], message: 'is the time of from; a window ends at another' };
      continue;
    }
    const other = firstTaken(taken, daysOf(window), from, (to - from + MINUTES_PER_DAY) % MINUTES_PER_DAY, index);
    if (other !== undefined) {
      yield {
        path: [...path, index],
        message: `overlaps entry ${other + 1} of the schedule; only one window can count`,
      };
    }
  }
}

function daysOf(window: unknown): readonly number[] {
  if (valueAt(window, 'days') === undefined) return WEEKDAYS.map((_, day) => day);
  return listAt(window, 'days')
    .map((name) => WEEKDAYS.findIndex((day) => name === day))
    .filter((day) => day >= 0);
}

/** Takes the minutes of a window. @returns the first window that had one of them */
function firstTaken(
  taken: (number | undefined)[],
  days: readonly number[],
  from: number,
  length: number,
  index: number,
): number | undefined {
  let other: number | undefined;
  for (const day of new Set(days)) {
    for (let offset = 0; offset < length; offset++) {
      const minute = (day * MINUTES_PER_DAY + from + offset) % MINUTES_PER_WEEK;
      if (taken[minute] === undefined) taken[minute] = index;
      else other ??= taken[minute];
    }
  }
  return other;
}
