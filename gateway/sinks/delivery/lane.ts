import type { AcknowledgedRange } from '#gateway/journal/journal.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { Draft } from './draft.ts';
import { type DraftRun, isFinished, movePosition, newRun, type Run } from './run.ts';
import type { Packet } from './target.ts';

/**
 * One stream on its way to one sink. With `liveFirst` an outage splits it: what was missed becomes a run of its own, which is
 * filled in behind the newest.
 *
 * ```text
 *  sequence   1 … 41 | 42 … 99 | 100 … 140 | 141 … 170 | 171 …
 *             done   | run      | done      | run       | run that follows the stream
 *                    '- cursor  '- a range of the cursor
 * ```
 */
export interface Lane<P extends Packet> {
  readonly stream: StreamId;
  /** See `LaneSource.isRedrive`. */
  readonly isRedrive: boolean;
  /** In the order of their sequences; the last one follows the stream. */
  readonly runs: readonly Run<P>[];
  /** As many runs as a cursor can hold: newer events wait behind older ones until one is done. */
  readonly isCrowded: boolean;
  /** Records that the remote never gets, and was told so since the start. */
  readonly lostCount: number;
}

/** See {@link Draft}. */
export type DraftLane<P extends Packet> = Draft<Omit<Lane<P>, 'runs'>> & { runs: DraftRun<P>[] };

/** The reading position from which a lane begins. */
export interface LaneStart {
  readonly stream: StreamId;
  readonly isRedrive: boolean;
  readonly acknowledgedSequence: number;
  readonly forwardedSequence: number;
  /** Acknowledged beyond. */
  readonly ranges: readonly AcknowledgedRange[];
}

/** How far a lane is, as its cursor keeps it. */
export interface LanePosition {
  readonly acknowledgedSequence: number;
  readonly forwardedSequence: number;
  readonly ranges: readonly AcknowledgedRange[];
}

/** A lane as its cursor left it: what lies between the ranges is still to be filled in. */
export function startLane<P extends Packet>(start: LaneStart, firstRunId: number): Lane<P> {
  const { stream, isRedrive, ranges } = start;
  const runs: Run<P>[] = [];
  let from = start.acknowledgedSequence + 1;
  let prev = start.forwardedSequence;
  for (const range of ranges) {
    if (range.from > from) runs.push(newRun(firstRunId + runs.length, from, range.from - 1, prev, true));
    from = range.to + 1;
    prev = range.forwardedSequence;
  }
  runs.push(newRun(firstRunId + runs.length, from, Infinity, prev, isRedrive));
  return { stream, isRedrive, runs, isCrowded: false, lostCount: 0 };
}

/** Where the cursor may stand, and what is acknowledged beyond [J10]. */
export function positionOf<P extends Packet>({ runs }: Pick<Lane<P>, 'runs'>): LanePosition {
  const [first] = runs;
  const ranges: AcknowledgedRange[] = [];
  for (const [index, { acknowledgedSequence: to, forwardedSequence }] of runs.entries()) {
    const from = (runs[index - 1]?.to ?? Infinity) + 1;
    if (to >= from) ranges.push({ from, to, forwardedSequence });
  }
  return {
    acknowledgedSequence: first?.acknowledgedSequence ?? 0,
    forwardedSequence: first?.forwardedSequence ?? 0,
    ranges,
  };
}

/** Moves every run on to where it stands now, and drops those that are done. @returns whether anything has changed */
export function moveLane<P extends Packet>(lane: DraftLane<P>): boolean {
  let hasMoved = false;
  for (const run of lane.runs) hasMoved = movePosition(run) || hasMoved;
  if (!lane.runs.some(isFinished)) return hasMoved;
  lane.runs = lane.runs.filter((run) => !isFinished(run));
  lane.isCrowded = false;
  return true;
}

/** Only the newest events and the oldest that are owed are read ahead: memory does not grow with the number of outages. */
export function isReadAhead<P extends Packet>(lane: Pick<Lane<P>, 'runs'>, run: Pick<Run<P>, 'id'>): boolean {
  return run.id === lane.runs[0]?.id || run.id === lane.runs.at(-1)?.id;
}
