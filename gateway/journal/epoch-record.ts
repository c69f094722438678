import type { EventRecord, StreamId } from '#gateway/model/message.ts';
import type { SegmentHeader } from './segment-header.ts';

/**
 * The first record of an epoch that has a predecessor: an event that tells every reader, and through the sinks every receiver,
 * which epoch ended and with what sequence [J3]. It is accepted together with the record that it goes before, and takes its stamp.
 */
export function createEpochRecord(
  stream: StreamId,
  { epoch, previous }: { readonly epoch: string; readonly previous: SegmentHeader['previous'] },
): Omit<EventRecord, 'stamp'> {
  const data = { stream, epoch, previousEpoch: previous?.epoch, previousLastSequence: previous?.lastSequence };
  const event = { type: 'gateway.epoch', version: 1, clock: 'none', data };
  return {
    topic: 'events/gateway.epoch',
    payload: Buffer.from(JSON.stringify(event)),
    qos: 1,
    isRetained: false,
    isDuplicate: false,
    clientId: '@journal',
    contentType: 'application/json',
  };
}
