import type { EventRecord } from '#gateway/model/message.ts';

/** Topic, client id and payload of every sample event together. */
export const SAMPLE_EVENT_BYTES = 114;

const TOPIC = 'devices/gps0/position';
const CLIENT_ID = '@gps0';
const PERIOD_MS = 100;

/**
 * Positions of a vehicle that drives about, ten a second: neighbours are alike, as in the field.
 * Made beforehand, so that making them is in no measurement.
 *
 * @param random uniform in [0, 1)
 */
export function sampleEvents(count: number, random: () => number): readonly EventRecord[] {
  let latitude = 48.137154;
  let longitude = 11.576124;
  let speedMps = 13;
  let headingDeg = 271;
  return Array.from({ length: count }, (_, index) => {
    speedMps = clamp(speedMps + random() - 0.5, 0, 40);
    headingDeg = (headingDeg + 4 * random() + 358) % 360;
    const stepDeg = (speedMps * PERIOD_MS) / 1000 / METERS_PER_DEGREE;
    latitude = clamp(latitude + stepDeg * Math.cos((headingDeg * Math.PI) / 180), 40, 60);
    longitude = clamp(longitude + stepDeg * Math.sin((headingDeg * Math.PI) / 180), 10, 20);
    const values = [latitude.toFixed(6), longitude.toFixed(6), pad(speedMps, 2, 5), pad(headingDeg, 1, 5)];
    const [lat, lon, speed, heading] = values;
    const monotonicMs = 60_000 + index * PERIOD_MS + Math.round(1000 * random()) / 1000;
    return {
      topic: TOPIC,
      // Padding keeps every event at the same size.
      payload: Buffer.from(
        `{"latitude":${lat},"longitude":${lon},"speedMps":${speed},"headingDeg":${heading},"fix":3}`,
      ),
      qos: 1,
      isRetained: false,
      isDuplicate: false,
      clientId: CLIENT_ID,
      stamp: {
        wallMs: 1_795_185_845_200 + Math.round(monotonicMs),
        monotonicMs,
        clockRun: '0123456789abcdef',
        quality: 'gnss',
      },
    };
  });
}

const METERS_PER_DEGREE = 111_000;

function pad(value: number, digitCount: number, length: number): string {
  return value.toFixed(digitCount).padStart(length, ' ');
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
