import type { RepairedTime } from '#gateway/journal/clock-runs.ts';
import type { TimedRecord } from '#gateway/journal/journal-reader.ts';
import type { Epoch, Stamp, StreamId } from '#gateway/model/message.ts';

/** A record out of a journal, for tests. */
export function sampleStored(fields: {
  readonly stream?: string;
  readonly sequence?: number;
  readonly topic?: string;
  readonly payload?: Uint8Array;
  readonly clientId?: string;
  readonly stamp?: Stamp;
  readonly time?: RepairedTime;
}): TimedRecord {
  const { stream = 'telemetry', sequence = 1, topic = 'sensors/front', payload = Buffer.from('2.4') } = fields;
  const unixMs = Date.UTC(2026, 2, 1, 12) + sequence * 1000;
  const stamp = { wallMs: unixMs, monotonicMs: sequence * 1000, clockRun: '0123456789abcdef', quality: 'ntp' } as const;
  const { clientId = 'tyre-monitor', time = { basis: 'own', unixMs } } = fields;
  return {
    // Brands are only types: these are a slug and 16 hex digits.
    stream: stream as StreamId,
    epoch: '00000000000000aa' as Epoch,
    sequence,
    record: { topic, payload, qos: 1, isRetained: false, isDuplicate: false, clientId, stamp: fields.stamp ?? stamp },
    time,
  };
}
