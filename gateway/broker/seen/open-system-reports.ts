import type { Delivery } from '#gateway/broker/delivery/delivery.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { BrokerFigures } from './broker-figures.ts';
import { SystemReports } from './system-reports.ts';

/** Reports of the figures to the subscribers of `$SYS`. @param intervalMs between two; 0 makes none */
export function openSystemReports(
  figures: BrokerFigures,
  { delivery, ...pace }: { readonly delivery: Delivery; readonly clock: Clock; readonly intervalMs: number },
): SystemReports {
  return new SystemReports({
    ...pace,
    totals: () => figures.totals(),
    figures: () => figures.systemFigures(),
    hasSubscribers: () => figures.hasSystemSubscribers(),
    publish: (topic, payload) => delivery.publishSystem(topic, payload),
    forget: () => delivery.forgetSystem(),
  });
}
