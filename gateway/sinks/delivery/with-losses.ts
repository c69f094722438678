import type { LossReason, LostRange, ReadResult } from '#gateway/journal/journal.ts';
import type { Epoch, Stamp, StoredRecord, StreamId } from '#gateway/model/message.ts';

/** Why a receiver will never get what is missing: the journal has lost it, or the receiver itself refused it. */
export type MissingReason = LossReason | 'deadLettered';

/**
 * What was read, with an event `gateway.lost` in the place of what is not there any more: a receiver is told what it will never
 * get, in the lane where it would have come [D9]. Such an event has the time of the record behind it, or before; it is the same
 * for the same loss, whenever it is read.
 *
 * @param now for a loss with no record beside it
 */
export function withLosses(
  stream: StreamId,
  { records, lost }: Pick<ReadResult, 'records' | 'lost'>,
  now: Stamp,
): readonly StoredRecord[] {
  if (lost.length === 0) return records;
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

/** What is told in the place of an event that went to the dead letters [D6 D9]. */
export function tombstoneOf({ stream, epoch, sequence, record }: StoredRecord): StoredRecord {
  return lostEvent(stream, { from: sequence, to: sequence, epoch, reason: 'deadLettered' }, record.stamp);
}

interface Missing extends Pick<LostRange, 'from' | 'to'> {
  readonly epoch: Epoch;
  readonly reason: MissingReason;
}

function lostEvent(stream: StreamId, { from, to, epoch, reason }: Missing, stamp: Stamp): StoredRecord {
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
