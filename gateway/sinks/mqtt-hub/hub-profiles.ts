/** Kinds of hub whose limits are known. */
export type HubProfile = 'awsIotCore' | 'azureEventGrid' | 'emqx' | 'hivemq' | 'mosquitto';

/** A bound of a kind of hub, and what it is for. */
export interface Bound {
  readonly value: number;
  readonly why: string;
}

/** What is known of a kind of hub, as its makers publish it; what it says of itself when it is connected to counts as well. */
export interface HubKind {
  readonly name: string;
  readonly maxInFlight?: Bound;
  readonly maxInFlightBytes?: Bound;
  readonly maxPacketBytes?: Bound;
  readonly maxPublishesPerSecond?: Bound;
  readonly maxTopicLevels?: Bound;
  readonly maxTopicBytes?: Bound;
  readonly maxKeepaliveSeconds?: Bound;
  /** Named in the handshake on port 443, which it shares with HTTPS. */
  readonly alpnOn443?: string;
  readonly needsTls?: boolean;
  readonly needsCertificate?: boolean;
  readonly needsUsername?: boolean;
  /** What to know beside the limits. */
  readonly notes: readonly string[];
}

/**
 * The kinds, by the name that a configuration gives them.
 *
 * @see «AWS IoT Core message broker and protocol limits and quotas»; «Azure Event Grid quotas and limits», MQTT; the default
 * configurations of EMQX 5, HiveMQ 4 and Mosquitto 2
 */
export const HUB_KINDS: Readonly<Record<HubProfile, HubKind>> = {
  awsIotCore: {
    name: 'AWS IoT Core',
    maxInFlight: { value: 100, why: 'publishes of one client that it has not acknowledged yet' },
    maxPacketBytes: { value: 128 * 1024, why: 'the payload of a publish is at most 128 KB' },
    maxPublishesPerSecond: { value: 95, why: '100 publishes a second and connection; what is above is thrown out' },
    maxTopicLevels: { value: 8, why: 'seven slashes in a topic' },
    maxTopicBytes: { value: 256, why: '256 bytes of a topic' },
    maxKeepaliveSeconds: { value: 1200, why: 'it takes 30 to 1200 seconds' },
    alpnOn443: 'x-amzn-mqtt-ca',
    needsTls: true,
    needsCertificate: true,
    notes: [
      'Its policies name the client id: set `clientId` to the name of the thing, and allow iot:Connect for it and iot:Publish on the topic tree.',
      'It bills by 5 KB of a publish: batches cost a fraction of single events.',
    ],
  },
  azureEventGrid: {
    name: 'Azure Event Grid',
    maxInFlight: { value: 1000, why: 'publishes of one session that it has not acknowledged yet' },
    maxInFlightBytes: { value: 64_000, why: '64 KB of one session in flight' },
    maxPacketBytes: { value: 512 * 1024, why: 'a packet is at most 512 KB' },
    maxPublishesPerSecond: { value: 950, why: '1,000 publishes a second and session' },
    maxTopicLevels: { value: 8, why: 'eight levels of a topic' },
    maxTopicBytes: { value: 256, why: '256 bytes of a topic' },
    maxKeepaliveSeconds: { value: 1160, why: 'it takes at most 1160 seconds' },
    needsTls: true,
    needsUsername: true,
    notes: [
      'It does not keep the order of events: receivers go by `prev`, or by `from` and `to` of a batch.',
      'What is no CloudEvent it wraps with an id of its own; leave `envelope` at properties or structured, or repeats cannot be told.',
      'Its `username` is the authentication name of the client there, beside the certificate.',
    ],
  },
  emqx: {
    name: 'EMQX',
    maxPacketBytes: { value: 1024 * 1024, why: 'mqtt.max_packet_size is 1 MB unless raised' },
    maxTopicLevels: { value: 128, why: 'mqtt.max_topic_levels is 128 unless raised' },
    notes: [
      'It grants 32 publishes in flight (mqtt.max_inflight); raise it where the link is slow and the rate is high.',
    ],
  },
  hivemq: {
    name: 'HiveMQ',
    notes: [
      'It grants 10 publishes in flight (mqtt.receive-maximum); raise it to 100, or events wait for its answers.',
    ],
  },
  mosquitto: {
    name: 'Mosquitto',
    maxTopicLevels: { value: 200, why: 'it takes 200 levels of a topic' },
    notes: [
      'It grants 20 publishes in flight (max_inflight_messages); raise it to 100, or events wait for its answers.',
      'Set `set_tcp_nodelay true` there: without it each answer may wait for the next.',
      'It forgets what it has acknowledged when it is killed, up to autosave_interval: what must not be lost there goes into a database behind it.',
    ],
  },
};
