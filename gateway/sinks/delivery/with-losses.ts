import type { LostRange, ReadResult } from '#gateway/journal/journal.ts';
import type { Stamp, StoredRecord, StreamId } from '#gateway/model/message.ts';

/**
 * What was read, with an event `gateway.lost` in the place of what is not there any more: a receiver is told what it will never
 * get, in the lane where it would have come [D9]. Such an event has the time of the record behind it, or before; it is the same
 * for the same loss, whenever it is read.
 *
 * @param now for a loss with no record beside it
 */
export function withLosses(stream: StreamId, { records, lost }: ReadResult, now: Stamp): readonly StoredRecord[] {
  const events: StoredRecord[] = [];
  const losses = [...lost];
  for (const stored of records) {
    for (let loss = losses[0]; loss !== undefined && loss.to < stored.sequence; loss = losses[0]) {
      events.push(lostEvent(stream, loss, stored.record.stamp));
      losses.shift();
    }
    events.push(stored);
  }
  const stamp = records.at(-1)?.record.stamp ?? now;
  return [...events, ...losses.map((loss) => lostEvent(stream, loss, stamp))];
}

function lostEvent(stream: StreamId, { from, to, epoch, reason }: LostRange, stamp: Stamp): StoredRecord {
  const data = { stream, epoch, from, to, reason };
  const payload = Buffer.from(JSON.stringify({ type: 'gateway.lost', version: 1, clock: 'none', data }));
  const record = {
    topic: 'events/gateway.lost',
    payload,
    qos: 1,
    isRetained: false,
    isDuplicate: false,
    clientId: '@journal',
    contentType: 'application/json',
    stamp,
  } as const;
  return { stream, epoch, sequence: to, firstLost: from, record };
}
