import type { FixMethod } from '#devices/nmea0183/fix-quality.ts';
import type { GnssEpoch } from './gnss-epoch.ts';
import { greatCircleM, type Place } from './great-circle.ts';
import { DAY_MS } from './time-of-day.ts';

/** What a fix must be to count. What a receiver does not state is not held against it. */
export interface FixLimits {
  /** `3d` refuses a fix of which the receiver itself says that it is 2D. */
  readonly mode: '2d' | '3d';
  readonly maxHdop: number;
  /** One sigma. Where it is stated it decides, and hdop does not: that is about the satellites, this about the place. */
  readonly maxHorizontalAccuracyM: number;
  readonly minSatellites: number;
  /** Neither stated nor needed to get from the last good fix to this one. */
  readonly maxSpeedMps: number;
  /** How a position may come about. */
  readonly methods: readonly FixMethod[];
}

/** Why a fix does not count: one word for each limit, `jump` for a place that could not be reached. */
export type FixFault = 'mode' | 'position' | 'method' | 'hdop' | 'horizontalAccuracy' | 'satellites' | 'speed' | 'jump';

/** What is remembered between two epochs of one receiver. */
export interface FixGateState {
  /** The last fix that counted. */
  readonly last?: PlacedFix;
  /** Fixes that agree with each other, but lie where the last good one could not have got to. */
  readonly elsewhere?: { readonly first: PlacedFix; readonly newest: PlacedFix; readonly count: number };
}

interface PlacedFix extends Place {
  readonly monotonicMs: number;
  readonly timeOfDayMs: number | undefined;
  readonly accuracyM: number;
}

/** Before the first epoch. */
export const INITIAL_GATE: FixGateState = {};

/** So many fixes in a row that agree with each other, over at least so long, are believed wherever they are: the receiver has moved. */
export const CONFIRMING_FIXES = 5;
export const CONFIRMING_MS = 4000;
/** Two fixes of a receiver that stands still may lie so far apart, if it states nothing worse. */
export const JUMP_ALLOWANCE_M = 10;

/**
 * Judges one epoch: no faults, and it counts.
 *
 * A place may be as far from the last good one as the greatest speed carries in the time between, so the longer nothing was good the
 * further off is believed. A single fix further off is a jump and changes nothing. But a receiver that stays there did move, as on a
 * ferry with its power off, or it was the last good fix that was wrong: see {@link CONFIRMING_FIXES}.
 *
 * @param monotonicMs when the epoch came, by a clock that is never set
 */
export function stepFixGate(
  state: FixGateState,
  monotonicMs: number,
  epoch: GnssEpoch,
  limits: FixLimits,
): readonly [FixGateState, readonly FixFault[]] {
  const faults = findFaults(epoch, limits);
  const place = placeOf(epoch);
  if (place === undefined || faults.length > 0) return [state, faults];
  const fix = { ...place, monotonicMs, timeOfDayMs: epoch.timeOfDayMs, accuracyM: epoch.horizontalAccuracyM ?? 0 };
  const { last, elsewhere } = state;
  if (last === undefined || isReachable(last, fix, limits)) return [{ last: fix }, []];
  if (elsewhere === undefined || !isReachable(elsewhere.newest, fix, limits))
    return [{ last, elsewhere: { first: fix, newest: fix, count: 1 } }, ['jump']];
  const longer = { first: elsewhere.first, newest: fix, count: elsewhere.count + 1 };
  const isConfirmed = longer.count >= CONFIRMING_FIXES && elapsedMs(longer.first, fix) >= CONFIRMING_MS;
  return isConfirmed ? [{ last: fix }, []] : [{ last, elsewhere: longer }, ['jump']];
}

/** Dead reckoning needs no satellites in view: a tunnel must not fail it by their number and geometry. */
function findFaults(epoch: GnssEpoch, limits: FixLimits): readonly FixFault[] {
  if (epoch.mode === 'none') return ['mode'];
  if (placeOf(epoch) === undefined) return ['position'];
  const { hdop, horizontalAccuracyM: accuracyM, satellitesUsed, speedMps, method } = epoch;
  const isReckoned = method === 'estimated';
  const faults: readonly (readonly [FixFault, boolean])[] = [
    ['mode', !isReckoned && limits.mode === '3d' && epoch.mode === '2d' && epoch.isModeStated],
    ['method', method !== undefined && !limits.methods.includes(method)],
    ['hdop', !isReckoned && accuracyM === undefined && isAbove(hdop, limits.maxHdop)],
    ['horizontalAccuracy', isAbove(accuracyM, limits.maxHorizontalAccuracyM)],
    ['satellites', !isReckoned && satellitesUsed !== undefined && satellitesUsed < limits.minSatellites],
    ['speed', isAbove(speedMps, limits.maxSpeedMps)],
  ];
  return faults.flatMap(([fault, isPresent]) => (isPresent ? [fault] : []));
}

function isAbove(value: number | undefined, limit: number): boolean {
  // What is no number is above every limit.
  return value !== undefined && !(value <= limit);
}

function placeOf({ latitudeDeg, longitudeDeg }: GnssEpoch): Place | undefined {
  if (latitudeDeg === undefined || longitudeDeg === undefined) return undefined;
  return Number.isFinite(latitudeDeg) && Number.isFinite(longitudeDeg) ? { latitudeDeg, longitudeDeg } : undefined;
}

function isReachable(from: PlacedFix, to: PlacedFix, { maxSpeedMps }: FixLimits): boolean {
  const allowanceM = Math.max(JUMP_ALLOWANCE_M, from.accuracyM + to.accuracyM);
  return greatCircleM(from, to) <= (maxSpeedMps * elapsedMs(from, to)) / 1000 + allowanceM;
}

/**
 * The longer of what the host and the receiver say. Epochs that waited in a buffer come all at once, so the host's clock alone would see
 * a burst of jumps; the receiver's may stand still or be set back, and its date is not asked.
 */
function elapsedMs(from: PlacedFix, to: PlacedFix): number {
  const byHostMs = Math.max(0, to.monotonicMs - from.monotonicMs);
  if (from.timeOfDayMs === undefined || to.timeOfDayMs === undefined) return byHostMs;
  // Half a day either way: over midnight time goes on, and a time that was set back is no day.
  const byReceiverMs = ((to.timeOfDayMs - from.timeOfDayMs + 1.5 * DAY_MS) % DAY_MS) - DAY_MS / 2;
  return Math.max(byHostMs, byReceiverMs);
}
