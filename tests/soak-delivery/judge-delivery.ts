import { type AcceptedWithin, parseCounted } from '#tests/support/counting-publisher.ts';
import type { Arrival } from './arrival.ts';

/** What one publisher did. */
export interface PublisherLedger {
  readonly clientId: string;
  /** All of 1 to this were acknowledged by the gateway. */
  readonly madeCount: number;
  /** Unacknowledged when a connection of the publisher ended: only these may be in the journal twice. */
  readonly interruptedCounters: ReadonlySet<number>;
  /** The topic of each counter. */
  readonly topicOf: (counter: number) => string;
  readonly acceptedWithin: (counter: number) => AcceptedWithin;
}

/** What a run was like, as far as it matters for the verdict. */
export interface Circumstances {
  readonly publishers: readonly PublisherLedger[];
  /** Whether the filter of the sink lets a topic pass. */
  readonly passes: (topic: string) => boolean;
  readonly streamOf: (topic: string) => string;
  readonly isLiveFirst: boolean;
  /** What the hub never takes is told to be lost, and is not missing. */
  readonly isRejected: (payload: string) => boolean;
}

/**
 * Holds what came to the hub against the publishers' own counters, repeated ids dropped: nothing missing, nothing too much, one id one
 * content, the order kept, and the chain of predecessors whole [D1 D2]. What is wrong, in sentences with the names of the events.
 */
export function judgeDelivery(came: readonly Arrival[], circumstances: Circumstances): readonly string[] {
  const arrivals = came.filter(({ kind }) => kind === 'event');
  const firsts = new Map<string, Arrival>();
  const wrong: string[] = [];
  for (const arrival of arrivals) {
    const first = firsts.get(arrival.id);
    if (first === undefined) firsts.set(arrival.id, arrival);
    else if (first.payload !== arrival.payload || first.topic !== arrival.topic) {
      wrong.push(`${nameOf(arrival)} came again with another content: ${arrival.payload} for ${first.payload}`);
    }
  }
  const distinct = [...firsts.values()];
  // What was in a refused batch fills the gap behind batches that were under way already.
  const late = new Set(came.flatMap(({ kind, id }) => (kind === 'rejected' ? [id] : [])));
  const isPublished = ({ topic }: Arrival) => !OWN_TOPICS.test(topic);
  wrong.push(...judgeCounters(arrivals.filter(isPublished), distinct.filter(isPublished), circumstances, late));
  wrong.push(...judgeLosses(came, circumstances));
  for (const stream of new Set(distinct.map((arrival) => arrival.stream))) {
    // A rejected event was there in its place, and what is told of it comes when it can.
    const isOf = (arrival: Arrival) => arrival.stream === stream && arrival.kind !== 'lost';
    wrong.push(...judgeChain(came.filter(isOf), circumstances.isLiveFirst, late));
  }
  return wrong;
}

/** What the gateway says of itself in the lane of alerts. */
export const OWN_TOPICS = /^alerts\/(?:sink|link)\./;

/** What is told to be lost is what was rejected, each event under its own sequence [D6 D9]. */
export function judgeLosses(
  came: readonly Arrival[],
  { isRejected }: Pick<Circumstances, 'isRejected'>,
): readonly string[] {
  const wrong: string[] = [];
  const told = new Map(came.flatMap((arrival) => (arrival.kind === 'lost' ? [[placeOf(arrival), arrival]] : [])));
  const rejected = came.filter(({ kind, payload }) => kind === 'rejected' && isRejected(payload));
  const places = new Map(rejected.map((arrival) => [placeOf(arrival), arrival]));
  for (const [place, arrival] of places) {
    if (!told.has(place)) wrong.push(`${nameOf(arrival)} was rejected, and nobody was told that it is lost`);
  }
  for (const [place, arrival] of told) {
    if (!places.has(place)) wrong.push(`${place} is told to be lost, and was not rejected: ${arrival.payload}`);
  }
  return wrong;
}

function placeOf({ stream, epoch, sequence }: Arrival): string {
  return `${stream}/${epoch}/${sequence}`;
}

/** The events on both sides of each end of a connection: where deliveries go wrong, if they do. */
export function edgesOf(arrivals: readonly Arrival[]): readonly (readonly [last: Arrival, first: Arrival])[] {
  const edges: [Arrival, Arrival][] = [];
  const lastOf = new Map<string, Arrival>();
  for (const arrival of arrivals) {
    const last = lastOf.get(arrival.stream);
    if (last !== undefined && last.connection !== arrival.connection) edges.push([last, arrival]);
    lastOf.set(arrival.stream, arrival);
  }
  return edges;
}

/** `red 12 (telemetry/17, connection 3)`. */
export function nameOf({ payload, stream, sequence, connection }: Arrival): string {
  const { client, counter } = parseCounted(payload);
  return `${client} ${counter} (${stream}/${sequence}, connection ${connection})`;
}

function judgeCounters(
  arrivals: readonly Arrival[],
  distinct: readonly Arrival[],
  { publishers, passes, streamOf, isRejected }: Circumstances,
  late: ReadonlySet<string>,
): readonly string[] {
  const wrong: string[] = [];
  const byCounter = new Map<string, Arrival[]>();
  const isLate = (arrival: Arrival) => late.has(arrival.id);
  const lastByLane = new Map<string, number>();
  for (const arrival of distinct) {
    const { client, counter } = parseCounted(arrival.payload);
    const sames = byCounter.get(`${client} ${counter}`) ?? [];
    byCounter.set(`${client} ${counter}`, [...sames, arrival]);
    const lane = `${client} ${arrival.stream} ${arrival.isReplayed}`;
    const last = lastByLane.get(lane) ?? 0;
    // One that was published again after a lost acknowledgement has its second place behind others.
    if (sames.length === 0 && counter < last && !isLate(arrival))
      wrong.push(`${nameOf(arrival)} came after ${client} ${last}`);
    lastByLane.set(lane, Math.max(last, counter));
  }
  for (const { clientId, madeCount, interruptedCounters, topicOf } of publishers) {
    for (let counter = 1; counter <= madeCount; counter++) {
      const name = `${clientId} ${counter}`;
      const topic = topicOf(counter);
      const found = byCounter.get(name) ?? [];
      byCounter.delete(name);
      if (!passes(topic)) {
        if (found.length > 0) wrong.push(`${name} came although the filter leaves ${topic} out`);
        continue;
      }
      if (isRejected(JSON.stringify({ client: clientId, counter }))) {
        if (found.length > 0) wrong.push(`${name} came although the hub rejects it`);
        continue;
      }
      if (found.length === 0) {
        const isDetailed = wrong.length < MAX_DETAILED;
        wrong.push(`${name} is missing${isDetailed ? aroundIt(arrivals, clientId, counter, streamOf(topic)) : ''}`);
      }
      if (found.length > 1 && !interruptedCounters.has(counter)) {
        wrong.push(`${name} came as ${found.map(({ id }) => id).join(' and ')} although it was published once`);
      }
      const elsewhere = found.find((arrival) => arrival.topic !== topic || arrival.stream !== streamOf(topic));
      if (elsewhere !== undefined) wrong.push(`${name} came on ${elsewhere.topic} of ${elsewhere.stream}`);
    }
  }
  return [...wrong, ...[...byCounter.keys()].map((name) => `${name} came and was never published`)];
}

/** Looking where each of thousands should have been takes long, and nobody reads it. */
const MAX_DETAILED = 20;

/** Whether a missing event lies at the end of a connection. */
function aroundIt(arrivals: readonly Arrival[], client: string, missing: number, stream: string): string {
  const ofClient = arrivals.filter(
    (arrival) => arrival.stream === stream && parseCounted(arrival.payload).client === client,
  );
  const after = ofClient.findIndex((arrival) => parseCounted(arrival.payload).counter > missing);
  const next = ofClient[after];
  const before = after < 0 ? ofClient.at(-1) : ofClient[after - 1];
  if (next === undefined) return before === undefined ? '' : `: the last to come was ${nameOf(before)}`;
  if (before === undefined) return `: the first to come was ${nameOf(next)}`;
  const edge = before.connection === next.connection ? '' : ', where a connection ended';
  return `: it should stand between ${nameOf(before)} and ${nameOf(next)}${edge}`;
}

/**
 * Each event names its predecessor, so the sequences of a stream form one chain (with `liveFirst` one for each live part). Within a
 * connection each event follows its predecessor, and the first one of a connection follows something that has come.
 */
export function judgeChain(
  arrivals: readonly Arrival[],
  isLiveFirst: boolean,
  late: ReadonlySet<string>,
): readonly string[] {
  const wrong: string[] = [];
  const known = new Set<number>([0]);
  const lasts = new Map<number, Arrival>();
  // What was in one send with what is refused comes again although it was taken.
  const again = new Set<string>();
  const seen = new Set<string>();
  for (const arrival of arrivals) {
    const last = lasts.get(arrival.connection);
    lasts.set(arrival.connection, arrival);
    const sight = `${arrival.connection} ${arrival.id}`;
    if (late.size > 0 && seen.has(sight)) again.add(arrival.id);
    seen.add(sight);
    if (!known.has(arrival.prev)) {
      wrong.push(`${nameOf(arrival)} follows ${arrival.stream}/${arrival.prev}, which has not come`);
    }
    // With `liveFirst` two parts of a lane take turns.
    const isLate = [arrival.id, last?.id ?? ''].some((id) => late.has(id) || again.has(id));
    const isStraight = !isLiveFirst && arrival.connection !== 0 && last !== undefined && !isLate;
    if (isStraight && arrival.prev !== 0 && arrival.prev !== last.sequence) {
      wrong.push(`${nameOf(arrival)} follows ${arrival.stream}/${arrival.prev} and came after ${nameOf(last)}`);
    }
    if (arrival.prev >= arrival.sequence) wrong.push(`${nameOf(arrival)} follows ${arrival.prev}`);
    known.add(arrival.sequence);
  }
  const sequences = [...known].sort((a, b) => a - b);
  const predecessors = new Map(sequences.map((sequence, index) => [sequence, sequences[index - 1] ?? 0]));
  for (const arrival of arrivals) {
    const before = predecessors.get(arrival.sequence) ?? 0;
    const isHead = isLiveFirst && arrival.prev === 0;
    if (arrival.prev !== before && !isHead) {
      wrong.push(`${nameOf(arrival)} names ${arrival.prev} as its predecessor, and ${before} came before it`);
    }
  }
  return wrong;
}
