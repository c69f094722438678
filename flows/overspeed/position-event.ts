import type { OverspeedAlert, SpeedSample } from './overspeed.ts';

/**
 * Reads a `gnss.position` event as it came from the broker. A fix that is missing or that the gateway does not call valid, a
 * speed that was not stated or a time that is not known is no sample.
 *
 * @see docs/events.md
 */
export function readPosition(payload: unknown): SpeedSample | undefined {
  const event = asObject(payload);
  const data = asObject(event?.['data']);
  const timeMs = Date.parse(String(event?.['time']));
  const { valid, speedKmh, latitude, longitude } = data ?? {};
  if (event?.['type'] !== 'gnss.position' || Number.isNaN(timeMs)) return undefined;
  // Recordings of older versions say nothing of it.
  if (valid === false) return undefined;
  if (!(isNumber(speedKmh) && isNumber(latitude) && isNumber(longitude))) return undefined;
  return { timeMs, speedKmh, latitude, longitude };
}

/**
 * The payload of `alerts/overspeed`.
 *
 * @param device the topic level of the receiver
 * @param timeMs of the sample that decided
 */
export function overspeedEvent(alert: OverspeedAlert, device: string, timeMs: number): object {
  const { startMs, endMs, ...data } = alert;
  const over = endMs === undefined ? {} : { end: iso(endMs), durationS: (endMs - startMs) / 1000 };
  return {
    type: 'driving.overspeed',
    version: 1,
    time: iso(timeMs),
    clock: 'gnss',
    data: { device, start: iso(startMs), ...over, ...data, method: 'gnss' },
  };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  // Any object may be looked into by name: what is not there is undefined.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
