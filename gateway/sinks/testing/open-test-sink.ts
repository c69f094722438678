import type { Journal } from '#gateway/journal/journal.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { FakeDeadLetters } from '#gateway/sinks/delivery/fake-dead-letters.ts';
import type { MqttSinkOptions } from '#gateway/sinks/mqtt-hub/mqtt-sink-options.ts';
import { openSink } from '#gateway/sinks/open-sink.ts';
import type { Sink } from '#gateway/sinks/sink-options.ts';
import { sampleRecord } from './sample-record.ts';

/** Opens an MQTT sink for tests: real sockets, patience of milliseconds. */
export function openTestSink(port: number, journal: Journal, options: Partial<MqttSinkOptions> = {}): Promise<Sink> {
  return openSink({
    id: 'hub',
    type: 'mqtt',
    url: `mqtt://127.0.0.1:${port}`,
    prefix: 'fleet',
    gatewayId: 'truck-7',
    gatewayUid: 'uid-1',
    gatewayVersion: '1.2.3',
    protocol: '3.1.1',
    envelope: 'structured',
    from: 'oldest',
    lanes: [ALERTS, TELEMETRY],
    filter: [],
    window: { maxEvents: 20, maxBytes: 65_536, ackTimeoutMs: 300 },
    retry: { firstDelayMs: 5, maxDelayMs: 20 },
    connectTimeoutMs: 300,
    journal,
    deadLetters: new FakeDeadLetters(),
    publisher: { publish: (_message, done) => done() },
    clock: systemClock,
    stamp: () => sampleRecord().stamp,
    random: Math.random,
    logger: new MemoryLogger(),
    ...options,
  });
}

// Brands are only types: these are slugs.
export const ALERTS = 'alerts' as StreamId;
export const TELEMETRY = 'telemetry' as StreamId;

/** Appends events that count up from the last one of the stream: `{"n":1}`, `{"n":2}` … on `devices/<stream>/count`. */
export function appendCounted(journal: Journal, stream: StreamId, count: number): void {
  for (let index = 0; index < count; index++) {
    const n = journal.stream(stream).syncedSequence + 1;
    const record = sampleRecord({ topic: `devices/${stream}/count`, payload: Buffer.from(`{"n":${n}}`) });
    journal.stream(stream).append(record, () => {});
  }
}
