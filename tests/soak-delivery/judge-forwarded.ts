import { parseCounted } from '#tests/support/counting-publisher.ts';
import type { Arrival } from './arrival.ts';
import { judgeChain, judgeLosses, nameOf, OWN_TOPICS, type PublisherLedger } from './judge-delivery.ts';
import { judgeFilter, type Made, type MemoryFilter } from './memory-filter.ts';

/** What another sink of the same gateway was to do. */
export interface Forwarding {
  readonly publishers: readonly PublisherLedger[];
  /** What the first sink had, which has no memory: the journal as it is known outside. */
  readonly records: readonly Arrival[];
  /** Without one everything is forwarded. */
  readonly filter: MemoryFilter | undefined;
  readonly isRejected: (payload: string) => boolean;
  /** New events go ahead of a backlog: a filter begins anew where a stretch of either does. */
  readonly isLiveFirst: boolean;
  /** Kills of the gateway. */
  readonly killCount: number;
  /** Whether what came says which record it is. */
  readonly hasIds: boolean;
}

/**
 * Holds what came to a sink against what came to the first one and passes its filter by the model of {@link judgeFilter}: nothing missing,
 * nothing too much, the order kept [D1 D2]. What is wrong, in sentences.
 */
export function judgeForwarded(came: readonly Arrival[], forwarding: Forwarding): readonly string[] {
  const { records, isLiveFirst, hasIds } = forwarding;
  const events = came.filter(({ kind, topic }) => kind !== 'lost' && !OWN_TOPICS.test(topic));
  const wrong = [...judgeContents(events, records, hasIds), ...judgePassed(events, forwarding)];
  if (!isLiveFirst) wrong.push(...judgeOrder(events, forwarding));
  if (!hasIds) return [...wrong, ...judgeTwice(events, forwarding)];
  wrong.push(...judgeLosses(came, forwarding));
  // Where a filter began anew after a start, what is sent again has other neighbours than before.
  if (isLiveFirst && forwarding.filter !== undefined) return wrong;
  const late = new Set(came.flatMap(({ kind, id }) => (kind === 'rejected' ? [id] : [])));
  for (const stream of new Set(came.map((arrival) => arrival.stream))) {
    const ofStream = came.filter((arrival) => arrival.stream === stream && arrival.kind !== 'lost');
    wrong.push(...judgeChain(ofStream, isLiveFirst, late));
  }
  return wrong;
}

/** What came is what the first sink had, under the same id. */
function judgeContents(came: readonly Arrival[], records: readonly Arrival[], hasIds: boolean): readonly string[] {
  const keyOf = hasIds ? ({ id }: Arrival) => id : ({ topic, payload }: Arrival) => `${topic} ${countedName(payload)}`;
  const known = new Map(records.map((record) => [keyOf(record), record]));
  return came.flatMap((arrival) => {
    const record = known.get(keyOf(arrival));
    if (record === undefined) return [`${nameOf(arrival)} came on ${arrival.topic}, and nowhere else`];
    const isSame = record.topic === arrival.topic && countedName(record.payload) === countedName(arrival.payload);
    return isSame ? [] : [`${nameOf(arrival)} came on ${arrival.topic}, and elsewhere as ${nameOf(record)}`];
  });
}

/** Walks the records of each topic in the order of the journal, with the one that went last in mind. */
function judgePassed(came: readonly Arrival[], forwarding: Forwarding): readonly string[] {
  const { records, filter, isLiveFirst, killCount, hasIds, publishers } = forwarding;
  const ledgers = new Map(publishers.map((ledger) => [ledger.clientId, ledger]));
  const keyOf = hasIds ? ({ id }: Arrival) => id : ({ payload }: Arrival) => countedName(payload);
  const found = new Set(came.map(keyOf));
  const headCount = new Set(came.filter(({ prev }) => prev === 0).map(({ id }) => id)).size;
  // After a start only the oldest stretch goes on with what was remembered.
  const mayRepeatTimes = isLiveFirst ? headCount * (killCount + 1) : 0;
  const wrong: string[] = [];
  for (const [topic, ofTopic] of Map.groupBy(records, (record) => record.topic)) {
    const rule = filter !== undefined && matches(filter, topic) ? filter : undefined;
    let last: Made | undefined;
    const extras: string[] = [];
    for (const record of ofTopic.toSorted((a, b) => a.sequence - b.sequence)) {
      const { client, counter } = parseCounted(record.payload);
      const ledger = ledgers.get(client);
      if (ledger === undefined) continue;
      const now = { counter, ...ledger.acceptedWithin(counter) };
      const verdict = rule === undefined ? 'goes' : judgeFilter(rule, now, last);
      const isFound = found.has(keyOf(record));
      // Of two records with one counter, and without ids, nobody knows which of them came.
      const isUnclear = !hasIds && ledger.interruptedCounters.has(counter);
      const hasCome = isFound && (!isUnclear || verdict === 'goes');
      if (verdict === 'goes' && !hasCome) wrong.push(`${nameOf(record)} is missing${since(last)}`);
      if (verdict === 'stays' && hasCome)
        extras.push(`${nameOf(record)} came although the filter leaves it out${since(last)}`);
      if (hasCome) last = now;
    }
    if (extras.length > mayRepeatTimes) wrong.push(...extras);
  }
  return wrong;
}

function since(last: Made | undefined): string {
  return last === undefined ? '' : ` behind ${last.counter}`;
}

/** A database has what was published once under one key. */
function judgeTwice(came: readonly Arrival[], { publishers }: Forwarding): readonly string[] {
  const interrupted = new Set(
    publishers.flatMap(({ clientId, interruptedCounters }) =>
      [...interruptedCounters].map((at) => `${clientId} ${at}`),
    ),
  );
  return [...Map.groupBy(came, ({ payload }) => countedName(payload))].flatMap(([name, arrivals]) => {
    const ids = new Set(arrivals.map(({ id }) => id));
    return ids.size < 2 || interrupted.has(name) ? [] : [`${name} came as ${[...ids].join(' and ')}`];
  });
}

function interruptedNames(publishers: readonly PublisherLedger[]): Set<string> {
  return new Set(
    publishers.flatMap(({ clientId, interruptedCounters }) =>
      [...interruptedCounters].map((at) => `${clientId} ${at}`),
    ),
  );
}

/** First arrivals of a lane come as the journal has them; without ids, as each publisher made them. */
function judgeOrder(came: readonly Arrival[], { hasIds, publishers }: Forwarding): readonly string[] {
  const wrong: string[] = [];
  // What was published again may have its second record alone let through.
  const seen = hasIds ? new Set<string>() : interruptedNames(publishers);
  const lasts = new Map<string, number>();
  const late = new Set(came.flatMap(({ kind, id }) => (kind === 'rejected' ? [id] : [])));
  for (const arrival of came) {
    const { client, counter } = parseCounted(arrival.payload);
    const key = hasIds ? arrival.id : `${client} ${counter}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const lane = hasIds ? arrival.stream : `${client} ${arrival.stream}`;
    const place = hasIds ? arrival.sequence : counter;
    const last = lasts.get(lane) ?? 0;
    if (place < last && !(hasIds && late.has(arrival.id)))
      wrong.push(`${nameOf(arrival)} came behind ${last} of ${lane}`);
    lasts.set(lane, Math.max(last, place));
  }
  return wrong;
}

function matches({ topics }: MemoryFilter, topic: string): boolean {
  return topics.some((filter) => topic.startsWith(filter.replace('#', '')));
}

function countedName(payload: string): string {
  const { client, counter } = parseCounted(payload);
  return `${client} ${counter}`;
}
