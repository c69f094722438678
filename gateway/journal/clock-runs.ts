import { type ClockMark, isTrusted } from '#gateway/model/clock-mark.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { MAX_CLOCK_RUNS } from './limits.ts';

/** A span over which monotonic time is comparable, and what became known of it. */
export interface ClockRun {
  readonly id: string;
  /** Monotonic time when it began. */
  readonly startMs: number;
  /** The date was set or learned anew, and nothing else: monotonic time goes on from the run before. */
  readonly isContinuation: boolean;
  /** The first moment of it whose instant was known. */
  readonly anchor?: Anchor;
}

interface Anchor {
  readonly unixMs: number;
  readonly monotonicMs: number;
}

/** In the order of the journal; the last one is still going on. */
export type ClockRuns = readonly ClockRun[];

/** When something was accepted, as well as is known. */
export type RepairedTime =
  /** By its own stamp, or reckoned from the anchor of its clock run. */
  | { readonly basis: 'own' | 'repaired'; readonly unixMs: number }
  /**
   * `bounded`: its run is over and never learned the time; between these two, of which either may be missing.
   * `unknown`: its run has not learned the time yet.
   */
  | { readonly basis: 'bounded' | 'unknown'; readonly earliestMs?: number; readonly latestMs?: number };

/** The runs after one more mark. The oldest are forgotten beyond {@link MAX_CLOCK_RUNS}. */
export function withMark(runs: ClockRuns, { kind, stamp }: ClockMark): ClockRuns {
  const anchor = isTrusted(stamp) ? { anchor: { unixMs: stamp.wallMs, monotonicMs: stamp.monotonicMs } } : {};
  if (kind === 'anchor') {
    // The first one stays: the same record has the same time for ever.
    return runs.map((run) => (run.id === stamp.clockRun ? { ...anchor, ...run } : run));
  }
  const run = {
    id: stamp.clockRun,
    startMs: stamp.monotonicMs,
    isContinuation: kind === 'step' || kind === 'correction',
    ...anchor,
  };
  return [...runs, run].slice(-MAX_CLOCK_RUNS);
}

/** When a record was accepted. Pure: nothing that is stored is rewritten, and order never depends on it [D2, S5]. */
export function repairTime(runs: ClockRuns, stamp: Stamp): RepairedTime {
  const unixMs = trustedTimeOf(runs, stamp);
  if (unixMs !== undefined) return { basis: isTrusted(stamp) ? 'own' : 'repaired', unixMs };
  // A date that is possible is better than none.
  if (stamp.quality === 'system') return { basis: 'own', unixMs: stamp.wallMs };
  const index = indexOf(runs, stamp);
  const isGoingOn = index >= 0 && index === runs.length - 1;
  return { basis: isGoingOn ? 'unknown' : 'bounded', ...boundsOf(runs, index, stamp) };
}

/** When a record was accepted, in milliseconds since the Unix epoch, if that rests on a satellite receiver or a time server [J9]. */
export function trustedTimeOf(runs: ClockRuns, stamp: Stamp): number | undefined {
  if (isTrusted(stamp)) return stamp.wallMs;
  const anchor = anchorOf(runs, indexOf(runs, stamp));
  return anchor && Math.round(anchor.unixMs + stamp.monotonicMs - anchor.monotonicMs);
}

/** The last instant at which a record may have been accepted; Infinity if nothing bounds it. */
export function latestMsOf(runs: ClockRuns, stamp: Stamp): number {
  const time = repairTime(runs, stamp);
  return 'unixMs' in time ? time.unixMs : (time.latestMs ?? Infinity);
}

/**
 * The last instant at which a record may have been accepted, if that rests on a satellite receiver or a time server: its own, else
 * the start of the next run that learned the time [J9].
 */
export function latestTrustedMsOf(runs: ClockRuns, stamp: Stamp): number | undefined {
  return trustedTimeOf(runs, stamp) ?? boundsOf(runs, indexOf(runs, stamp), stamp).latestMs;
}

function indexOf(runs: ClockRuns, { clockRun }: Stamp): number {
  return runs.findLastIndex(({ id }) => id === clockRun);
}

/** That of the run itself, else of the next one on the same monotonic time: the date was set right in between. */
function anchorOf(runs: ClockRuns, index: number): Anchor | undefined {
  for (let run = runs[index]; run !== undefined; ) {
    if (run.anchor !== undefined) return run.anchor;
    const next = runs[++index];
    run = next?.isContinuation ? next : undefined;
  }
  return undefined;
}

/** Behind the last anchor before its run, plus the age of the run; before the start of the next run that learned the time. */
function boundsOf(runs: ClockRuns, index: number, stamp: Stamp): { earliestMs?: number; latestMs?: number } {
  const run = runs[index];
  if (run === undefined) return {};
  const earlier = runs.slice(0, index).findLast(({ anchor }) => anchor !== undefined)?.anchor;
  const later = runs.slice(index + 1).find(({ anchor }) => anchor !== undefined);
  const ageMs = stamp.monotonicMs - run.startMs;
  return {
    ...(earlier === undefined ? {} : { earliestMs: Math.round(earlier.unixMs + ageMs) }),
    ...(later?.anchor === undefined
      ? {}
      : { latestMs: Math.round(later.anchor.unixMs - (later.anchor.monotonicMs - later.startMs)) }),
  };
}
