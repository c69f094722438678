/** How much there was in a minute, averaged over three times, as Mosquitto has it. */
export interface LoadAverage {
  readonly '1min': number;
  readonly '5min': number;
  readonly '15min': number;
}

/** Of what has not begun yet. */
export const NO_LOAD: LoadAverage = { '1min': 0, '5min': 0, '15min': 0 };

/**
 * One step of three exponential moving averages.
 *
 * @param count how much there was since the last step
 * @param elapsedMs since then, more than 0
 */
export function stepLoadAverage(before: LoadAverage, count: number, elapsedMs: number): LoadAverage {
  const perMinute = (count * MINUTE_MS) / elapsedMs;
  const step = (average: number, minutes: number) => {
    const kept = Math.exp(-elapsedMs / (minutes * MINUTE_MS));
    return perMinute + kept * (average - perMinute);
  };
  return { '1min': step(before['1min'], 1), '5min': step(before['5min'], 5), '15min': step(before['15min'], 15) };
}

const MINUTE_MS = 60_000;
