import type { WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { Packet } from './target.ts';

/**
 * One stream on its way to one sink, as a value:
 *
 * ```text
 *  sequence   1 … 41 | 42   43   44 | 45   46   47 … | 60 …
 *             done   | flights      | ready          | not read yet
 *                    '- the cursor stands before the first that is not acknowledged
 * ```
 * Sequences that were filtered out are in none of the lists: the cursor passes them by standing before the next one that is.
 */
export interface Lane<P extends Packet> {
  readonly stream: StreamId;
  /** Everything up to here was looked at. */
  readonly readSequence: number;
  /** The last one up to there that passed the filter: the `prev` of the next. */
  readonly readForwardedSequence: number;
  /** The furthest that was ever looked at: what is read again is not counted again. */
  readonly seenSequence: number;
  readonly isReading: boolean;
  /** Read, not in flight; those before `readyIndex` are gone. */
  readonly ready: readonly LaneEntry<P>[];
  readonly readyIndex: number;
  readonly readyBytes: number;
  /** Sent, not acknowledged, in the order of sending. */
  readonly flights: readonly LaneFlight<P>[];
  /** Records that the remote never gets, and was told so since the start. */
  readonly lostCount: number;
  /** Sends that went to other lanes while this one had something ready. */
  readonly passedOverCount: number;
  /** Set while the next event is one that the remote will not take. */
  readonly blocked?: LaneBlock;
}

/** An event of a lane. */
export interface LaneEntry<P extends Packet> {
  readonly sequence: number;
  /** The sequence of the event forwarded before it; 0 for none. */
  readonly prev: number;
  readonly packet: P;
  readonly wasSent: boolean;
  /** Records that are gone and for which it stands; 0 for an event. */
  readonly lostCount: number;
}

/** One call of `send`, unanswered. */
export interface LaneFlight<P extends Packet> {
  /** Rises with every send of the sink, so the lowest is the oldest. */
  readonly id: number;
  readonly sentAtMs: number;
  readonly entries: readonly LaneEntry<P>[];
  readonly sizeBytes: number;
}

/** Why a lane stands still, and when the event is tried again. */
export interface LaneBlock {
  readonly sequence: number;
  readonly untilMs: number;
  readonly error: WaystationError;
}

/** Where the cursor of the lane may stand [J10]: right before the first event that was read and not acknowledged. */
export function lanePosition<P extends Packet>(
  lane: Lane<P>,
): { readonly acknowledgedSequence: number; readonly forwardedSequence: number } {
  // What was not taken goes back to `ready` while later events are still in flight, and may follow them: any may be the first.
  let first = lane.ready[lane.readyIndex];
  for (const { entries } of lane.flights) {
    const [head] = entries;
    if (head !== undefined && (first === undefined || head.sequence < first.sequence)) first = head;
  }
  return first === undefined
    ? { acknowledgedSequence: lane.readSequence, forwardedSequence: lane.readForwardedSequence }
    : { acknowledgedSequence: sequenceBefore(first), forwardedSequence: first.prev };
}

/** Records of which the remote is to be told that they are gone, among what was read and not acknowledged. */
export function lostAmongRead<P extends Packet>({ flights, ready, readyIndex }: Lane<P>): number {
  const sumOf = (entries: readonly LaneEntry<P>[]) => entries.reduce((sum, { lostCount }) => sum + lostCount, 0);
  return flights.reduce((sum, { entries }) => sum + sumOf(entries), sumOf(ready.slice(readyIndex)));
}

/** Whether the lane has something that may be sent now. */
export function isLaneReady<P extends Packet>(lane: Lane<P>): boolean {
  return lane.readyIndex < lane.ready.length && lane.blocked === undefined;
}

/** Adds what was read. */
export function withRead<P extends Packet>(
  lane: Lane<P>,
  entries: readonly LaneEntry<P>[],
  throughSequence: number,
): Lane<P> {
  return {
    ...withReady(lane, [...lane.ready.slice(lane.readyIndex), ...entries]),
    isReading: false,
    readSequence: throughSequence,
    seenSequence: Math.max(lane.seenSequence, throughSequence),
    readForwardedSequence: entries.at(-1)?.sequence ?? lane.readForwardedSequence,
  };
}

/** How many of those seen for the first time the filter left out: sequences are dense, and what is lost has an entry [J3 D9]. */
export function countFiltered<P extends Packet>(
  { seenSequence }: Lane<P>,
  entries: readonly LaneEntry<P>[],
  throughSequence: number,
): number {
  const standing = entries.reduce((sum, entry) => {
    return sum + Math.max(0, entry.sequence - Math.max(seenSequence, sequenceBefore(entry)));
  }, 0);
  return Math.max(0, throughSequence - seenSequence) - standing;
}

/** Moves the first `count` ready entries into flight. */
export function withFlight<P extends Packet>(lane: Lane<P>, flight: LaneFlight<P>): Lane<P> {
  return {
    ...lane,
    flights: [...lane.flights, flight],
    readyIndex: lane.readyIndex + flight.entries.length,
    readyBytes: lane.readyBytes - flight.sizeBytes,
    passedOverCount: 0,
  };
}

/** Forgets the first `count` events of a flight, which were acknowledged; the others become ready again. */
export function withTaken<P extends Packet>(lane: Lane<P>, flight: LaneFlight<P>, count: number): Lane<P> {
  const rest = { ...flight, entries: flight.entries.slice(count) };
  const taken = flight.entries.slice(0, count);
  const lostCount = taken.reduce((sum, entry) => sum + entry.lostCount, lane.lostCount);
  if (rest.entries.length === 0) {
    return { ...lane, lostCount, flights: lane.flights.filter((other) => other !== flight) };
  }
  const flights = lane.flights.map((other) => (other === flight ? rest : other));
  return withReturned({ ...lane, lostCount, flights }, [rest]);
}

/** Takes flights back: their entries become ready again, in the order of their sequences [D1]. */
export function withReturned<P extends Packet>(lane: Lane<P>, flights: readonly LaneFlight<P>[]): Lane<P> {
  if (flights.length === 0) return lane;
  const returned = flights.flatMap((flight) => flight.entries.map((entry) => ({ ...entry, wasSent: true })));
  const ready = [...returned, ...lane.ready.slice(lane.readyIndex)].sort((a, b) => a.sequence - b.sequence);
  return { ...withReady(lane, ready), flights: lane.flights.filter((flight) => !flights.includes(flight)) };
}

/**
 * Forgets what waits behind the flights, and what the lane stands still for: it is read again, and prepared by what is known now.
 * What went back while later events are in flight stays as it is: nothing is read out of order for it.
 */
export function withReadyForgotten<P extends Packet>(lane: Lane<P>): Lane<P> {
  const { blocked: _, ...rest } = lane;
  const lastSent = Math.max(0, ...lane.flights.flatMap(({ entries }) => entries.map(({ sequence }) => sequence)));
  const waiting = lane.ready.slice(lane.readyIndex);
  const first = waiting.find(({ sequence }) => sequence > lastSent);
  if (first === undefined) return rest;
  return {
    ...withReady(
      rest,
      waiting.filter(({ sequence }) => sequence < first.sequence),
    ),
    isReading: false,
    readSequence: sequenceBefore(first),
    readForwardedSequence: first.prev,
  };
}

/** Stops the lane at its next event until `untilMs`. */
export function withBlock<P extends Packet>(lane: Lane<P>, error: WaystationError, untilMs: number): Lane<P> {
  const sequence = lane.ready[lane.readyIndex]?.sequence ?? lane.readSequence;
  return { ...lane, blocked: { sequence, error, untilMs } };
}

/** Lets a blocked lane try again once its time has come. */
export function unblocked<P extends Packet>(lane: Lane<P>, nowMs: number): Lane<P> {
  if (lane.blocked === undefined || lane.blocked.untilMs > nowMs) return lane;
  const { blocked: _, ...rest } = lane;
  return rest;
}

/** An event that tells of a loss stands for all that was lost. */
function sequenceBefore({ sequence, lostCount }: Pick<LaneEntry<Packet>, 'sequence' | 'lostCount'>): number {
  return sequence - Math.max(1, lostCount);
}

function withReady<P extends Packet>(lane: Lane<P>, ready: readonly LaneEntry<P>[]): Lane<P> {
  const readyBytes = ready.reduce((sum, entry) => sum + entry.packet.sizeBytes, 0);
  return { ...lane, ready, readyIndex: 0, readyBytes };
}
