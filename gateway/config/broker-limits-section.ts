import { z } from 'zod';
import { type BrokerLimits, DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import { MAX_TOPIC_LEVELS } from '#gateway/model/topic-filter.ts';
import { formatSize, sizeField } from './fields.ts';

/** `broker.limits`: the bounds that keep one client from harming the others. */
export function brokerLimitsSection() {
  return z
    .strictObject({ ...connectionLimits(), ...publisherLimits(), ...subscriberLimits() })
    .prefault({})
    .describe(
      'Bounds that keep one client from harming the others. What is refused is counted by reason, and logged once per client and minute.',
    );
}

function connectionLimits() {
  return {
    maxClients: whole('maxClients', 1, 10_000).describe('Clients logged in at once; more are refused.'),
    maxConnectionsPerAddress: whole('maxConnectionsPerAddress', 1, 10_000).describe(
      'Connections from one address, logged in or not; one without a login makes room for the next, else that is refused. Raise it where many clients come through one router.',
    ),
    maxPendingLogins: whole('maxPendingLogins', 1, 10_000).describe(
      'Connections that have not logged in yet; beyond it the oldest of them is closed.',
    ),
    connectTimeoutMs: whole('connectTimeoutMs', 100, 60_000).describe(
      'From the connection to the end of the login, the TLS handshake included.',
    ),
    maxConnectBytes: size('maxConnectBytes', 256, 64 * 2 ** 10).describe(
      'What a connection may send before it has logged in, its CONNECT packet included.',
    ),
    maxPacketBytes: size('maxPacketBytes', 1024, 16 * 2 ** 20).describe(
      'Largest MQTT packet; a client that sends more is disconnected.',
    ),
    drainTimeoutMs: whole('drainTimeoutMs', 100, 60_000).describe(
      'How long one write to a client may wait before the client is disconnected.',
    ),
    maxUnsentBytes: size('maxUnsentBytes', 64 * 2 ** 10, 256 * 2 ** 20).describe(
      'What may wait for a client that reads too slowly before it is disconnected; two of the largest packets at least.',
    ),
  };
}

function publisherLimits() {
  return {
    maxPublishesPerSecond: whole('maxPublishesPerSecond', 1, 10_000_000).describe(
      'Publishes that one client may send over time, and at once after a quiet second; beyond it the gateway reads slower, and the client waits. A good value is a few times what your devices send.',
    ),
    maxReceivedBytesPerSecond: size('maxReceivedBytesPerSecond', 1024, 2 ** 30).describe(
      'Bytes that one client may send over time, and at once after a quiet second; beyond it the gateway reads slower, and the client waits.',
    ),
    maxTopicLevels: whole('maxTopicLevels', 1, MAX_TOPIC_LEVELS).describe(
      'Deepest topic: a client that publishes on a deeper one is disconnected, a subscription to one is refused.',
    ),
    maxInboundInflight: whole('maxInboundInflight', 1, 65_535).describe(
      'QoS 2 publishes that one client has begun and not released; a client that begins more is disconnected.',
    ),
    maxRetainedMessages: whole('maxRetainedMessages', 1, 1_000_000).describe(
      'Topics with a retained message, of all clients together; more are delivered and not retained.',
    ),
    maxRetainedBytes: size('maxRetainedBytes', 1024, 2 ** 30).describe('The same in bytes.'),
  };
}

function subscriberLimits() {
  return {
    maxSubscriptions: whole('maxSubscriptions', 1, 10_000).describe('Topic filters of one client; more are refused.'),
    maxInflight: whole('maxInflight', 1, 65_535).describe(
      'Messages sent to one client and not acknowledged by it yet; the next wait in its queue.',
    ),
    maxQueuedMessages: whole('maxQueuedMessages', 1, 1_000_000).describe(
      'Messages kept for one client that is away or too slow; when it is full the newest is dropped.',
    ),
    maxQueuedBytes: size('maxQueuedBytes', 1024, 2 ** 30).describe('The same in bytes.'),
    maxQueuedTotalBytes: size('maxQueuedTotalBytes', 2 ** 20, 2 ** 34).describe(
      'What waits for all clients together, away or too slow; when it is reached, a queue takes no more than 64 KiB.',
    ),
    maxQueuedAgeHours: whole('maxQueuedAgeHours', 1, 87_600).describe(
      'Messages that have waited longer for one client are dropped.',
    ),
    maxSessions: whole('maxSessions', 1, 10_000).describe(
      'Persistent sessions, their clients connected or not; a new one is refused.',
    ),
    maxSessionsPerAccount: whole('maxSessionsPerAccount', 1, 10_000).describe(
      'Persistent sessions of one account; all clients without a login are one account.',
    ),
    sessionExpiryDays: whole('sessionExpiryDays', 0, 3650).describe(
      'A persistent session whose client has been away for so many days in which the gateway ran ends, with what waits in it; 0 for never.',
    ),
  };
}

function whole(key: keyof BrokerLimits, min: number, max: number) {
  return z.int().min(min).max(max).default(DEFAULT_LIMITS[key]);
}

function size(key: keyof BrokerLimits, minBytes: number, maxBytes: number) {
  return sizeField(minBytes, maxBytes).prefault(formatSize(DEFAULT_LIMITS[key]));
}
