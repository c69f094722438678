import { repairTime } from '#gateway/journal/clock-runs.ts';
import type { Epoch, EventRecord, StreamId } from '#gateway/model/message.ts';
import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';

/** A record for tests: an opaque QoS 1 message of a sensor, unless told otherwise. */
export function sampleRecord(fields: Partial<EventRecord> = {}): EventRecord {
  return {
    topic: 'sensors/tyre/1',
    payload: Buffer.from('2.4'),
    qos: 1,
    isRetained: false,
    isDuplicate: false,
    clientId: 'tyre',
    stamp: {
      wallMs: Date.UTC(2026, 10, 20, 15, 4, 5, 200),
      monotonicMs: 1,
      clockRun: '00000000000000cc',
      quality: 'ntp',
    },
    ...fields,
  };
}

/** An event for tests: number 7 of stream `telemetry`, after number 5. */
export function sampleEvent(fields: Partial<EventRecord> = {}): OutgoingEvent {
  // Brands are only types: these are a slug and 16 hex digits.
  const [stream, epoch] = ['telemetry' as StreamId, '00000000000000aa' as Epoch];
  const record = sampleRecord(fields);
  const accepted = repairTime([], record.stamp);
  return { stored: { stream, epoch, sequence: 7, record }, prev: 5, isReplayed: false, accepted };
}
