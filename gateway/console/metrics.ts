import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { GatewayStatus, RulesStatus } from '#gateway/model/status.ts';
import { BROKER_METRICS } from './broker-metrics.ts';
import { CAN_METRICS } from './can-metrics.ts';
import { DELIVERY_METRICS } from './delivery-metrics.ts';
import type { Metric, MetricsView, Point } from './metric.ts';

/**
 * Every metric of the gateway's own, by Prometheus' conventions: unit in the name, seconds and bytes, `_total` for what only rises.
 *
 * @see https://prometheus.io/docs/practices/naming/
 */
export const METRICS: readonly Metric[] = [
  {
    name: 'waystation_info',
    type: 'gauge',
    help: 'Always 1; the labels say which gateway this is.',
    labels: ['gateway', 'uid', 'version'],
    points: ({ status: { gateway } }) => [
      { labels: { gateway: gateway.id, uid: gateway.uid, version: gateway.version }, value: 1 },
    ],
  },
  one('waystation_uptime_seconds', 'gauge', 'Since the start of the process.', (s) => s.gateway.uptimeSeconds),
  {
    name: 'waystation_journal_state',
    type: 'gauge',
    help: '1 for the state that the journal is in, 0 for the others. A quota that one stream alone has used up is the state of that stream.',
    labels: ['state'],
    points: ({ status }) => states(JOURNAL_STATES, status.journal.state, {}),
  },
  one('waystation_journal_appended_records_total', 'counter', 'Records made durable.', (s) => s.journal.appendedCount),
  one('waystation_journal_refused_records_total', 'counter', 'Records not accepted.', (s) => s.journal.refusedCount),
  one('waystation_journal_frames_total', 'counter', 'Group commits written.', (s) => s.journal.frameCount),
  one('waystation_journal_syncs_total', 'counter', 'Syncs of the disk.', (s) => s.journal.syncCount),
  one('waystation_journal_logical_bytes_total', 'counter', 'Bytes of records before compression.', (s) => {
    return s.journal.wear.logicalBytes;
  }),
  one(
    'waystation_journal_written_bytes_total',
    'counter',
    'Bytes written by the journal.',
    (s) => s.journal.writtenBytes,
  ),
  one(
    'waystation_process_written_bytes_total',
    'counter',
    'Bytes written to storage by the process, if known.',
    (s) => {
      return s.journal.wear.processBytes;
    },
  ),
  {
    name: 'waystation_device_written_bytes_total',
    type: 'counter',
    help: 'Bytes written to the disk or card under `dataDir`, by whomever; only where it has one of its own.',
    labels: ['device'],
    points: ({ status: { journal } }) => {
      const { device } = journal.wear;
      return device === undefined ? [] : [{ labels: { device: device.name }, value: device.bytes }];
    },
  },
  one(
    'waystation_journal_write_amplification_ratio',
    'gauge',
    'Bytes written for each byte of a record, after the first hour.',
    (s) => {
      return s.journal.wear.amplification;
    },
  ),
  one(
    'waystation_device_projected_life_seconds',
    'gauge',
    'What a new card lasts at the rate since the start.',
    (s) => {
      const { projectedLifeDays } = s.journal.wear;
      return projectedLifeDays && projectedLifeDays * DAY_SECONDS;
    },
  ),
  {
    name: 'waystation_stream_state',
    type: 'gauge',
    help: '1 for the state that the stream is in, 0 for the others.',
    labels: ['stream', 'state'],
    points: ({ status }) =>
      status.journal.streams.flatMap(({ id, state }) => states(JOURNAL_STATES, state, { stream: id })),
  },
  perStream('waystation_stream_size_bytes', 'Bytes on disk.', ({ sizeBytes }) => sizeBytes),
  perStream('waystation_stream_segments', 'Segment files.', ({ segmentCount }) => segmentCount),
  perStream('waystation_stream_synced_sequence', 'The newest durable record.', ({ syncedSequence }) => syncedSequence),
  perStream('waystation_stream_oldest_sequence', 'The oldest record kept.', ({ oldestSequence }) => oldestSequence),
  ...BROKER_METRICS,
  {
    name: 'waystation_broker_refusals_total',
    type: 'counter',
    help: 'Refused logins, publishes and connections, by reason.',
    labels: ['reason'],
    points: ({ status }) => byReason(status.broker.refusals, {}),
  },
  {
    name: 'waystation_broker_disconnects_total',
    type: 'counter',
    help: 'Connections that ended, by reason: `byClient` (it said so), `peerClosed`, `networkError`, `keepAlive`, `takenOver` (by its next connection), `shutdown`, or what was refused.',
    labels: ['reason'],
    points: ({ status }) => byReason(status.broker.disconnects, {}),
  },
  {
    name: 'waystation_clock_anchor',
    type: 'gauge',
    help: '1 for what told the clock run under way the time first (`gnss`, `ntp`, or `none` while nothing did), 0 for the others.',
    labels: ['source'],
    points: ({ status: { clock } }) =>
      ANCHORS.map((source) => ({ labels: { source }, value: source === (clock.anchor ?? 'none') ? 1 : 0 })),
  },
  one(
    'waystation_clock_anchor_age_seconds',
    'gauge',
    'For how long the time has been known; absent while it is not.',
    (s) => {
      return s.clock.anchorAgeSeconds;
    },
  ),
  one(
    'waystation_clock_host_offset_seconds',
    'gauge',
    'The date of the host less what the satellite receivers say; absent where they do not say, or contradict each other.',
    (s) => s.clock.hostOffsetMs && s.clock.hostOffsetMs / 1000,
  ),
  one(
    'waystation_clock_steps_total',
    'counter',
    'Times that the host slept, or its date was set.',
    (s) => s.clock.stepCount,
  ),
  one(
    'waystation_clock_corrections_total',
    'counter',
    'Times that the receivers moved away from what had been taken for the time.',
    (s) => s.clock.correctionCount,
  ),
  one('waystation_chrony_samples_total', 'counter', 'Samples handed to chronyd, where configured.', (s) => {
    return s.handover.chrony?.sampleCount;
  }),
  one('waystation_chrony_dropped_samples_total', 'counter', 'Samples that could not be handed to chronyd.', (s) => {
    return s.handover.chrony?.droppedCount;
  }),
  one('waystation_gpsd_clients', 'gauge', 'Clients of gpsd connected, where they are served.', (s) => {
    return s.handover.gpsd?.clientCount;
  }),
  {
    name: 'waystation_source_state',
    type: 'gauge',
    help: '1 for the state that the device is in, 0 for the others.',
    labels: ['source', 'state'],
    points: ({ status }) =>
      status.sources.flatMap(({ id, state }) => states(['opening', 'open', 'silent', 'lost'], state, { source: id })),
  },
  perSource('waystation_source_received_bytes_total', 'Bytes read from the port.', (s) => s.receivedBytes),
  perSource('waystation_source_published_events_total', 'Events handed to the broker.', (s) => s.publishedCount),
  perSource('waystation_source_refused_events_total', 'Events that the broker refused.', (s) => s.refusedCount),
  {
    name: 'waystation_source_messages_total',
    type: 'counter',
    help: 'Messages that came whole, by protocol.',
    labels: ['source', 'protocol'],
    points: ({ status }) =>
      status.sources.flatMap(({ id, messages }) =>
        Object.entries(messages).map(([protocol, value]) => ({ labels: { source: id, protocol }, value })),
      ),
  },
  ofSource('waystation_source_last_message_age_seconds', 'Since a message came whole; not before the first.', (s) => {
    return s.lastMessageAgeMs === undefined ? undefined : s.lastMessageAgeMs / 1000;
  }),
  ofSource('waystation_source_baud', 'Bits per second, configured or found; not while they are looked for.', (s) => {
    return s.baud;
  }),
  perSource('waystation_source_reopens_total', 'Times that the port was opened again.', (s) => s.reopenCount),
  {
    name: 'waystation_source_rejections_total',
    type: 'counter',
    help: 'Sentences and frames that the decoder rejected, by reason.',
    labels: ['source', 'reason'],
    points: ({ status }) => status.sources.flatMap(({ id, rejections }) => byReason(rejections, { source: id })),
  },
  ...CAN_METRICS,
  {
    name: 'waystation_sink_state',
    type: 'gauge',
    help: '1 for the state that the sink is in, 0 for the others. `paused` needs a person.',
    labels: ['sink', 'state'],
    points: ({ status }) => status.sinks.flatMap(({ id, state }) => states(SINK_STATES, state, { sink: id })),
  },
  perSink('waystation_sink_sent_events_total', 'Events sent, repeats included.', (s) => s.sentCount),
  perSink('waystation_sink_acknowledged_events_total', 'Events that the peer has taken.', (s) => s.acknowledgedCount),
  perSink('waystation_sink_filtered_events_total', 'Events left out by the filter.', (s) => s.filteredCount),
  perSink('waystation_sink_resent_events_total', 'Events sent again.', (s) => s.resentCount),
  perSink('waystation_sink_connects_total', 'Connections made.', (s) => s.connectCount),
  {
    ...perSink('waystation_sink_in_flight_events', 'Events sent and not acknowledged yet.', (s) => s.inFlightCount),
    type: 'gauge',
  },
  {
    name: 'waystation_sink_backlog_events',
    type: 'gauge',
    help: 'Events in the journal that the sink has not dealt with.',
    labels: ['sink', 'stream'],
    points: ({ status }) =>
      status.sinks.flatMap(({ id, lanes }) =>
        lanes.map(({ stream, backlogCount }) => ({ labels: { sink: id, stream }, value: backlogCount })),
      ),
  },
  {
    name: 'waystation_sink_lost_untold_records',
    type: 'gauge',
    help: 'Records that went before the sink had them, and of which its target will be told when it comes to them.',
    labels: ['sink', 'stream'],
    points: ({ status }) =>
      status.sinks.flatMap(({ id, lanes }) =>
        lanes.map(({ stream, lost = 0 }) => ({ labels: { sink: id, stream }, value: lost })),
      ),
  },
  {
    name: 'waystation_sink_lost_records_total',
    type: 'counter',
    help: 'Records that were gone before the sink had them, and of which its target was told.',
    labels: ['sink', 'stream'],
    points: ({ status }) =>
      status.sinks.flatMap(({ id, lanes }) =>
        lanes.map(({ stream, lostCount = 0 }) => ({ labels: { sink: id, stream }, value: lostCount })),
      ),
  },
  {
    name: 'waystation_sink_oldest_unsent_seconds',
    type: 'gauge',
    help: 'How long the oldest event that the sink has not dealt with has waited; 0 without a backlog.',
    labels: ['sink'],
    points: ({ status, oldestUnsentMs }) =>
      status.sinks.flatMap((sink) => {
        const ageMs = oldestUnsentMs[sink.id] ?? (hasBacklog(sink) ? undefined : 0);
        return ageMs === undefined ? [] : [{ labels: { sink: sink.id }, value: ageMs / 1000 }];
      }),
  },
  {
    name: 'waystation_sink_refused_events_total',
    type: 'counter',
    help: 'News of a loss that the target would not take.',
    labels: ['sink'],
    points: ({ status }) =>
      status.sinks.flatMap(({ id, refusedCount }) =>
        refusedCount === undefined ? [] : [{ labels: { sink: id }, value: refusedCount }],
      ),
  },
  ...DELIVERY_METRICS,
  {
    name: 'waystation_rules_state',
    type: 'gauge',
    help: '1 for the state that Node-RED is in, 0 for the others. `held` needs a person.',
    labels: ['state'],
    points: ({ status: { rules } }) => (rules === undefined ? [] : states(RULES_STATES, rules.state, {})),
  },
  ofRules('waystation_rules_resident_memory_bytes', 'gauge', 'Memory of Node-RED.', (rules) => rules.rssBytes),
  ofRules('waystation_rules_restarts_total', 'counter', 'Times that Node-RED was started again.', (rules) => {
    return rules.restartCount;
  }),
];

const ANCHORS = ['gnss', 'ntp', 'none'] as const;

const DAY_SECONDS = 24 * 60 * 60;

const RULES_STATES = ['waiting', 'starting', 'running', 'held', 'killed', 'stopping', 'stopped'] as const;

const JOURNAL_STATES = ['ok', 'full', 'failed'] as const;

const SINK_STATES = ['connecting', 'online', 'waiting', 'paused', 'held', 'stopped'] as const;

/** The text that Prometheus scrapes. @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function renderMetrics(view: MetricsView): string {
  return METRICS.map(({ name, help, type, points }) => {
    const lines = points(view)
      // A share of nothing is not known, like what is absent.
      .filter(({ value }) => Number.isFinite(value))
      .map(({ labels, value }) => `${name}${renderLabels(labels)} ${value}\n`);
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
  }).join('');
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Nothing where the value is not known. */
function one(
  name: string,
  type: Metric['type'],
  help: string,
  read: (status: GatewayStatus) => number | undefined,
): Metric {
  const points = ({ status }: MetricsView) => {
    const value = read(status);
    return value === undefined ? [] : [{ labels: {}, value }];
  };
  return { name, type, help, labels: [], points };
}

function perStream(
  name: string,
  help: string,
  value: (stream: GatewayStatus['journal']['streams'][number]) => number,
): Metric {
  const points = ({ status }: MetricsView) =>
    status.journal.streams.map((stream) => ({ labels: { stream: stream.id }, value: value(stream) }));
  return { name, type: 'gauge', help, labels: ['stream'], points };
}

function perSource(name: string, help: string, value: (source: GatewayStatus['sources'][number]) => number): Metric {
  const points = ({ status }: MetricsView) =>
    status.sources.map((source) => ({ labels: { source: source.id }, value: value(source) }));
  return { name, type: 'counter', help, labels: ['source'], points };
}

/** A gauge; nothing where the value is not known. */
function ofSource(
  name: string,
  help: string,
  read: (status: GatewayStatus['sources'][number]) => number | undefined,
): Metric {
  const points = ({ status }: MetricsView) =>
    status.sources.flatMap((source) => {
      const value = read(source);
      return value === undefined ? [] : [{ labels: { source: source.id }, value }];
    });
  return { name, type: 'gauge', help, labels: ['source'], points };
}

function perSink(name: string, help: string, value: (sink: SinkStatus) => number): Metric {
  const points = ({ status }: MetricsView) =>
    status.sinks.map((sink) => ({ labels: { sink: sink.id }, value: value(sink) }));
  return { name, type: 'counter', help, labels: ['sink'], points };
}

/** Nothing where rules are not enabled. */
function ofRules(name: string, type: Metric['type'], help: string, value: (rules: RulesStatus) => number): Metric {
  return one(name, type, help, ({ rules }) => rules && value(rules));
}

function states(all: readonly string[], current: string, labels: Readonly<Record<string, string>>): readonly Point[] {
  return all.map((state) => ({ labels: { ...labels, state }, value: state === current ? 1 : 0 }));
}

function byReason(
  counts: Readonly<Record<string, number>>,
  labels: Readonly<Record<string, string>>,
): readonly Point[] {
  return Object.entries(counts).map(([reason, value]) => ({ labels: { ...labels, reason }, value }));
}

function hasBacklog(sink: SinkStatus): boolean {
  return sink.lanes.some(({ backlogCount }) => backlogCount > 0);
}
