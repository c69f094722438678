import type { EventRecord, Stamp } from '#gateway/model/message.ts';

/** A record for tests: of a sensor unless told otherwise, `atMs` after the clock run began. */
export function sampleRecord(
  fields: Partial<Omit<EventRecord, 'payload' | 'stamp'>> & {
    /** As text, or as a value that becomes JSON. */
    readonly payload?: unknown;
    readonly atMs?: number;
    readonly stamp?: Partial<Stamp>;
  } = {},
): EventRecord {
  const { payload = 2.4, atMs = 0, stamp, ...rest } = fields;
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return {
    topic: 'sensors/tyre/1',
    qos: 1,
    isRetained: false,
    isDuplicate: false,
    clientId: 'tyre',
    ...rest,
    payload: payload instanceof Uint8Array ? payload : Buffer.from(text),
    stamp: {
      wallMs: Date.UTC(2026, 10, 20, 15) + atMs,
      monotonicMs: 1000 + atMs,
      clockRun: '00000000000000cc',
      quality: 'ntp',
      ...stamp,
    },
  };
}

/** An event of ours. */
export function sampleEvent(data: unknown, atMs = 0, topic = 'devices/gps0/position'): EventRecord {
  const time = new Date(Date.UTC(2026, 10, 20, 15) + atMs).toISOString();
  return sampleRecord({ topic, atMs, payload: { type: 'gnss.position', version: 1, time, clock: 'gnss', data } });
}
