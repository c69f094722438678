import { collectDefaultMetrics, Registry } from 'prom-client';

/** The text of the process' own metrics: processor time, memory, event loop, garbage collection. */
export type ProcessMetrics = () => Promise<string>;

/**
 * Starts to measure. Costs some 20 MB of memory, so it is loaded by who asks first; it never stops.
 *
 * @see https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
 */
export function startProcessMetrics(): ProcessMetrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return async () => withoutUnmeasured(await register.metrics());
}

/** The mean of no samples. Then the other figures of the event loop say nothing either: the least of no delays is 9.2e9 s, the most 0. */
const NO_MEAN = /^nodejs_eventloop_lag_mean_seconds NaN$/im;
const EVENT_LOOP_FIGURES = /^nodejs_eventloop_lag_\w+ .*\n/gm;

function withoutUnmeasured(text: string): string {
  return NO_MEAN.test(text) ? text.replaceAll(EVENT_LOOP_FIGURES, '') : text;
}
