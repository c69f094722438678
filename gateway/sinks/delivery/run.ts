import type { WaystationError } from '#gateway/model/errors.ts';
import type { StoredRecord } from '#gateway/model/message.ts';
import type { Draft } from './draft.ts';
import type { Packet } from './target.ts';

/**
 * A stretch of a lane that is delivered in order, as a value:
 *
 * ```text
 *  sequence   from … 41 | 42   43   44 | 45   46   47 … | 60 …       to
 *             done      | flights      | ready          | not read yet
 *                       '- it stands before the first that is not acknowledged
 * ```
 * Sequences that were filtered out are in none of the lists: a run passes them by standing before the next one that is.
 * A lane that goes through its backlog from the oldest is one run without end; one that puts the newest first has several.
 */
export interface Run<P extends Packet> {
  /** Tells the runs of a sink apart. */
  readonly id: number;
  readonly from: number;
  /** Its last sequence; Infinity for the one that follows the stream. */
  readonly to: number;
  /** What is read from now on comes behind newer events, or was refused before. */
  readonly isReplayed: boolean;
  /** Everything up to here was looked at. */
  readonly readSequence: number;
  /** The last one up to there that passed the filter: the `prev` of the next. */
  readonly readForwardedSequence: number;
  /** The furthest that was ever looked at: what is read again is not counted again. */
  readonly seenSequence: number;
  readonly isReading: boolean;
  /** Read, not in flight, in order; those before `readyIndex` are gone. */
  readonly ready: readonly LaneEntry<P>[];
  readonly readyIndex: number;
  readonly readyBytes: number;
  /** Sent, not acknowledged, in the order of sending. */
  readonly flights: readonly LaneFlight<P>[];
  /** Everything up to here needs no sending any more [J10]. */
  readonly acknowledgedSequence: number;
  /** The last one up to there that was forwarded. */
  readonly forwardedSequence: number;
  /** Events in one send: halves while the remote refuses a batch, doubles while it takes them; Infinity while it never refused one. */
  readonly maxBatch: number;
  /** The first flight of that size: what left before says nothing about it. */
  readonly maxBatchSince: number;
  /** Sends that went to others while this one had something ready. */
  readonly passedOverCount: number;
  /** Set while the next event must wait. */
  readonly blocked?: Block | undefined;
}

/** See {@link Draft}. */
export type DraftRun<P extends Packet> = Draft<Omit<Run<P>, 'flights'>> & { flights: LaneFlight<P>[] };

/** An event on its way. */
export interface LaneEntry<P extends Packet> {
  /** Its place in the lane. */
  readonly sequence: number;
  /** The sequence of the event forwarded before it in the run; 0 for none. */
  readonly prev: number;
  readonly packet: P;
  /** As the filter shaped it. */
  readonly stored: StoredRecord;
  /** Monotonic: how long it has waited to fill a batch. */
  readonly readAtMs: number;
  /** See `OutgoingEvent.isReplayed`. */
  readonly isReplayed: boolean;
  /** How often it was sent without being taken. */
  readonly attempts: number;
  /** For an event that tells of a loss: of how many records. 0 for any other. */
  readonly lostCount: number;
  /** It stands in the place of an event that is in the dead letters, and says so. */
  readonly isTombstone: boolean;
  /** The remote will never take it, and it is not in the dead letters yet: nothing behind it is sent. */
  readonly refusal?: WaystationError | undefined;
}

/** Events that were sent together. */
export interface LaneFlight<P extends Packet> {
  readonly id: number;
  readonly sentAtMs: number;
  readonly entries: readonly LaneEntry<P>[];
  readonly sizeBytes: number;
  /** What it is expected to take compressed: see `wire-share.ts`. */
  readonly wireBytes: number;
}

/** Why a run stands still, and when its event is tried again. */
export interface Block {
  readonly sequence: number;
  readonly untilMs: number;
  readonly error: WaystationError;
}

/** A run of which nothing was read yet. */
export function newRun<P extends Packet>(
  id: number,
  from: number,
  to: number,
  prev: number,
  isReplayed: boolean,
): Run<P> {
  const before = from - 1;
  return {
    ...{ id, from, to, isReplayed },
    ...{ readSequence: before, readForwardedSequence: prev, seenSequence: before },
    ...{ acknowledgedSequence: before, forwardedSequence: prev },
    ...{ isReading: false, maxBatch: Infinity, maxBatchSince: 0, passedOverCount: 0 },
    ...{ ready: [], readyIndex: 0, readyBytes: 0, flights: [] },
  };
}

/** What would be sent next. */
export function headOf<P extends Packet>(run: Run<P> | DraftRun<P>): LaneEntry<P> | undefined {
  return run.ready[run.readyIndex];
}

/** Whether it has something that may be sent as far as the run itself is concerned. */
export function isRunReady<P extends Packet>(run: Run<P> | DraftRun<P>): boolean {
  const head = headOf(run);
  if (head === undefined || head.refusal !== undefined || run.blocked !== undefined) return false;
  // While it is looked for which event of a batch is refused, nothing overtakes.
  return run.maxBatch === Infinity || run.flights.length === 0;
}

/** Whether everything in it is done. */
export function isFinished<P extends Packet>(run: Run<P> | DraftRun<P>): boolean {
  return run.acknowledgedSequence >= run.to;
}

/** Records of which the remote is to be told that they are gone, among what was read and not acknowledged. */
export function lostAmongRead<P extends Packet>({ flights, ready, readyIndex }: Run<P>): number {
  const sumOf = (entries: readonly LaneEntry<P>[]) => entries.reduce((sum, { lostCount }) => sum + lostCount, 0);
  return flights.reduce((sum, { entries }) => sum + sumOf(entries), sumOf(ready.slice(readyIndex)));
}

/** Adds what was read. @returns how many of those seen for the first time the filter left out: sequences are dense, and what is lost has an entry [J3 D9] */
export function addRead<P extends Packet>(
  run: DraftRun<P>,
  entries: readonly LaneEntry<P>[],
  throughSequence: number,
): number {
  const { seenSequence } = run;
  let standing = 0;
  for (const entry of entries) standing += Math.max(0, entry.sequence - Math.max(seenSequence, sequenceBefore(entry)));
  setReady(run, run.readyIndex < run.ready.length ? [...run.ready.slice(run.readyIndex), ...entries] : entries);
  run.isReading = false;
  run.readSequence = throughSequence;
  run.seenSequence = Math.max(seenSequence, throughSequence);
  run.readForwardedSequence = entries.at(-1)?.sequence ?? run.readForwardedSequence;
  return Math.max(0, throughSequence - seenSequence) - standing;
}

/** Moves the first ready entries into flight. */
export function launch<P extends Packet>(run: DraftRun<P>, flight: LaneFlight<P>): void {
  run.flights.push(flight);
  run.readyIndex += flight.entries.length;
  run.readyBytes -= flight.sizeBytes;
  run.passedOverCount = 0;
}

/** Takes flights back: their entries become ready again, in the order of their sequences [D1]. */
export function returnFlights<P extends Packet>(run: DraftRun<P>, flights: readonly LaneFlight<P>[]): void {
  if (flights.length === 0) return;
  run.flights = run.flights.filter((flight) => !flights.includes(flight));
  giveBack(
    run,
    flights.flatMap(({ entries }) => entries.map(triedAgain)),
  );
}

/** Puts entries that are in no flight any more among those that are ready. */
export function giveBack<P extends Packet>(run: DraftRun<P>, entries: readonly LaneEntry<P>[]): void {
  if (entries.length === 0) return;
  setReady(
    run,
    [...entries, ...run.ready.slice(run.readyIndex)].sort((a, b) => a.sequence - b.sequence),
  );
}

/** The entry as it goes into its next attempt. */
export function triedAgain<P extends Packet>(entry: LaneEntry<P>): LaneEntry<P> {
  return { ...entry, attempts: entry.attempts + 1 };
}

/** Puts another entry, or none, in the place of one that is ready. */
export function replaceReady<P extends Packet>(run: DraftRun<P>, entry: LaneEntry<P>, other?: LaneEntry<P>): void {
  const others = other === undefined ? [] : [other];
  setReady(
    run,
    run.ready.slice(run.readyIndex).flatMap((each) => (each === entry ? others : [each])),
  );
}

/**
 * Forgets what waits behind the flights, and what the run stands still for: it is read again, and prepared by what is known then.
 * What went back while later events are in flight stays as it is: nothing is read out of order for it.
 */
export function forgetReady<P extends Packet>(run: DraftRun<P>): void {
  run.blocked = undefined;
  let lastSent = 0;
  for (const { entries } of run.flights) lastSent = Math.max(lastSent, entries.at(-1)?.sequence ?? 0);
  const waiting = run.ready.slice(run.readyIndex);
  const first = waiting.find(({ sequence }) => sequence > lastSent);
  if (first === undefined) return;
  setReady(
    run,
    waiting.filter(({ sequence }) => sequence < first.sequence),
  );
  run.isReading = false;
  run.readSequence = sequenceBefore(first);
  run.readForwardedSequence = first.prev;
}

/** Stops the run at its next event until `untilMs`. */
export function block<P extends Packet>(run: DraftRun<P>, error: WaystationError, untilMs: number): void {
  run.blocked = { sequence: headOf(run)?.sequence ?? run.readSequence, error, untilMs };
}

/** Finds out where the run stands: right before the first event that was read and not acknowledged [J10]. @returns whether it has moved */
export function movePosition<P extends Packet>(run: DraftRun<P>): boolean {
  // What was not taken goes back to `ready` while later events are still in flight, and may follow them: any may be the first.
  let first = headOf(run);
  for (const { entries } of run.flights) {
    const [head] = entries;
    if (head !== undefined && (first === undefined || head.sequence < first.sequence)) first = head;
  }
  const position = first === undefined ? run.readSequence : sequenceBefore(first);
  if (position <= run.acknowledgedSequence) return false;
  run.acknowledgedSequence = position;
  run.forwardedSequence = first === undefined ? run.readForwardedSequence : first.prev;
  return true;
}

/** An event that tells of a loss stands for all that was lost. */
function sequenceBefore({ sequence, lostCount }: Pick<LaneEntry<Packet>, 'sequence' | 'lostCount'>): number {
  return sequence - Math.max(1, lostCount);
}

function setReady<P extends Packet>(run: DraftRun<P>, ready: readonly LaneEntry<P>[]): void {
  let readyBytes = 0;
  for (const entry of ready) readyBytes += entry.packet.sizeBytes;
  run.ready = ready;
  run.readyIndex = 0;
  run.readyBytes = readyBytes;
}
