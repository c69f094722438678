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
  return () => register.metrics();
}
