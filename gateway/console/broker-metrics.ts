import type { BrokerStatus } from '#gateway/model/status.ts';
import type { Metric, MetricsView } from './metric.ts';

/** What the broker holds, and for whom. */
export const BROKER_METRICS: readonly Metric[] = [
  gauge('waystation_broker_clients', 'MQTT clients connected.', (broker) => broker.clientCount),
  gauge('waystation_broker_away_clients', 'Persistent sessions whose client is away.', (broker) => broker.awayCount),
  gauge('waystation_broker_subscriptions', 'Topic filters of all sessions.', (broker) => broker.subscriptionCount),
  gauge('waystation_broker_queued_messages', 'Messages in the queues of sessions.', (broker) => broker.queuedCount),
  gauge('waystation_broker_queued_bytes', 'The same in bytes.', (broker) => broker.queuedBytes),
  gauge('waystation_broker_retained_messages', 'Topics with a retained message.', (broker) => broker.retainedCount),
  counter(
    'waystation_broker_expired_sessions_total',
    'Sessions that ended because their client was away for too long.',
    (broker) => {
      return broker.expiredSessionCount;
    },
  ),
  gauge('waystation_broker_state_keys', 'What the broker remembers over a restart: keys.', (broker) => {
    return broker.state?.keyCount;
  }),
  gauge('waystation_broker_state_size_bytes', 'What that takes on disk.', (broker) => broker.state?.sizeBytes),
  gauge('waystation_broker_state_pending_bytes', 'Changes of it that wait for the disk.', (broker) => {
    return broker.state?.pendingBytes;
  }),
  counter('waystation_broker_published_messages_total', 'Publishes accepted.', (broker) => broker.publishedCount),
];

type Read = (broker: BrokerStatus) => number | undefined;

function gauge(name: string, help: string, read: Read): Metric {
  return metric(name, 'gauge', help, read);
}

function counter(name: string, help: string, read: Read): Metric {
  return metric(name, 'counter', help, read);
}

function metric(name: string, type: Metric['type'], help: string, read: Read): Metric {
  const points = ({ status: { broker } }: MetricsView) => {
    const value = read(broker);
    return value === undefined ? [] : [{ labels: {}, value }];
  };
  return { name, type, help, labels: [], points };
}
