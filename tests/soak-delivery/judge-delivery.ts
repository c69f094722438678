import { parseCounted } from '#tests/support/counting-publisher.ts';
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
}

/** What a run was like, as far as it matters for the verdict. */
export interface Circumstances {
  readonly publishers: readonly PublisherLedger[];
  /** Whether the filter of the sink lets a topic pass. */
  readonly passes: (topic: string) => boolean;
  readonly streamOf: (topic: string) => string;
  readonly isLiveFirst: boolean;
}

/**
 * Holds what came to the hub against the publishers' own counters, repeated ids dropped: nothing missing, nothing too much, one id one
 * content, the order kept, and the chain of predecessors whole [D1 D2]. What is wrong, in sentences with the names of the events.
 */
export function judgeDelivery(arrivals: readonly Arrival[], circumstances: Circumstances): readonly string[] {
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
  wrong.push(...judgeCounters(arrivals, distinct, circumstances));
  for (const stream of new Set(distinct.map((arrival) => arrival.stream))) {
    const isOf = (arrival: Arrival) => arrival.stream === stream;
    wrong.push(...judgeChain(arrivals.filter(isOf), circumstances.isLiveFirst));
  }
  return wrong;
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
  { publishers, passes, streamOf }: Circumstances,
): readonly string[] {
  const wrong: string[] = [];
  const byCounter = new Map<string, Arrival[]>();
  const lastByLane = new Map<string, number>();
  for (const arrival of distinct) {
    const { client, counter } = parseCounted(arrival.payload);
    const sames = byCounter.get(`${client} ${counter}`) ?? [];
    byCounter.set(`${client} ${counter}`, [...sames, arrival]);
    const lane = `${client} ${arrival.stream} ${arrival.isReplayed}`;
    const last = lastByLane.get(lane) ?? 0;
    // One that was published again after a lost acknowledgement has its second place behind others.
    if (sames.length === 0 && counter < last) wrong.push(`${nameOf(arrival)} came after ${client} ${last}`);
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
function judgeChain(arrivals: readonly Arrival[], isLiveFirst: boolean): readonly string[] {
  const wrong: string[] = [];
  const known = new Set<number>([0]);
  const lasts = new Map<string, Arrival>();
  for (const arrival of arrivals) {
    const part = `${arrival.connection} ${isLiveFirst && arrival.isReplayed}`;
    const last = lasts.get(part);
    lasts.set(part, arrival);
    if (!isLiveFirst && !known.has(arrival.prev)) {
      wrong.push(`${nameOf(arrival)} follows ${arrival.stream}/${arrival.prev}, which has not come`);
    }
    if (last !== undefined && arrival.prev !== 0 && arrival.prev !== last.sequence && arrival.connection !== 0) {
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
