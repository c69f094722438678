import type { SinkDeadLetters } from '#gateway/model/dead-letters-status.ts';
import { LINK_METRICS } from './link-metrics.ts';
import type { Metric, MetricsView } from './metric.ts';

/** What went over links, what became of events that a target refused, and whether all is done. */
export const DELIVERY_METRICS: readonly Metric[] = [
  {
    name: 'waystation_orphan_backlog_events',
    type: 'gauge',
    help: 'Events in the journal that a sink which is not configured any more has not had.',
    labels: ['sink', 'stream'],
    points: ({ status }) =>
      (status.journal.orphans ?? []).flatMap(({ sink, stream, backlogCount }) =>
        backlogCount === undefined ? [] : [{ labels: { sink, stream }, value: backlogCount }],
      ),
  },
  ...LINK_METRICS,
  {
    name: 'waystation_sink_commands_taken_total',
    type: 'counter',
    help: 'Commands of the hub that were kept and acknowledged.',
    labels: ['sink'],
    points: ({ status }) =>
      status.sinks.flatMap(({ id, downlink }) =>
        downlink === undefined ? [] : [{ labels: { sink: id }, value: downlink.takenCount }],
      ),
  },
  {
    name: 'waystation_sink_commands_ignored_total',
    type: 'counter',
    help: 'Commands of the hub that were ignored, by reason; `tooFast`: of QoS 0, beyond the pace.',
    labels: ['sink', 'reason'],
    points: ({ status }) =>
      status.sinks.flatMap(({ id, downlink }) =>
        Object.entries(downlink?.ignored ?? {}).map(([reason, value]) => ({ labels: { sink: id, reason }, value })),
      ),
  },
  {
    name: 'waystation_power_safe',
    type: 'gauge',
    help: '1 while everything is committed and every sink has had it: the power may be cut with nothing left to do.',
    labels: [],
    points: ({ status }) => [{ labels: {}, value: status.power.safe ? 1 : 0 }],
  },
  perSink(
    'waystation_dead_letters',
    'gauge',
    'Events that the target refused for good, and that are kept.',
    (letters) => {
      return letters.count;
    },
  ),
  perSink(
    'waystation_dead_letters_redriving',
    'gauge',
    'Of those, the ones that are to be tried again.',
    (letters) => letters.redrivingCount,
  ),
  perSink('waystation_dead_letters_buried_total', 'counter', 'Times that an event was refused for good.', (letters) => {
    return letters.buriedCount;
  }),
  perSink(
    'waystation_dead_letters_evicted_total',
    'counter',
    'Dead letters that went because there was no room for them; over all starts.',
    (letters) => letters.evictedCount,
  ),
  {
    name: 'waystation_dead_letters_bytes',
    type: 'gauge',
    help: 'What all dead letters take.',
    labels: [],
    points: ({ status }) => [{ labels: {}, value: status.deadLetters.sizeBytes }],
  },
];

function perSink(
  name: string,
  type: Metric['type'],
  help: string,
  value: (letters: SinkDeadLetters) => number,
): Metric {
  const points = ({ status }: MetricsView) =>
    status.deadLetters.sinks.map((letters) => ({ labels: { sink: letters.sink }, value: value(letters) }));
  return { name, type, help, labels: ['sink'], points };
}
