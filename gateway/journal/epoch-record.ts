import type { EventRecord, StreamId } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { SegmentHeader } from './segment-header.ts';

/**
 * The first record of an epoch that has a predecessor: an event that tells every reader, and through the sinks every receiver,
 * which epoch ended and with what sequence [J3].
 */
export function createEpochRecord(
  { stream, clock, randomBytes }: EpochRecordSource,
  { epoch, previous }: { readonly epoch: string; readonly previous: SegmentHeader['previous'] },
): EventRecord {
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
    stamp: {
      wallMs: clock.wallMs(),
      monotonicMs: clock.monotonicMs(),
      // The journal does not know the run of its process: a run of its own claims nothing.
      clockRun: Buffer.from(randomBytes(CLOCK_RUN_BYTES)).toString('hex'),
      quality: 'none',
    },
  };
}

interface EpochRecordSource {
  readonly stream: StreamId;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

const CLOCK_RUN_BYTES = 8;
