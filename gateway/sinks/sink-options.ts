import type { CursorStart, Journal } from '#gateway/journal/journal.ts';
import type { Publisher, Stamp, StreamId } from '#gateway/model/message.ts';
import type { Secret } from '#gateway/model/secret.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { RetryPolicy } from '#gateway/runtime/retry-schedule.ts';
import type { BatchKeys } from './batch-keys.ts';
import type { DeadLetters } from './dead-letters/dead-letters.ts';
import type { PhaseListener } from './delivery/delivery.ts';
import type { DeliveryOrder } from './delivery/delivery-state.ts';
import type { FileKeys } from './file/file-keys.ts';
import type { InfluxdbKeys } from './influxdb/influxdb-keys.ts';
import type { Link } from './link/link.ts';
import type { Envelope, MqttProtocol } from './mqtt-hub/compose-publish.ts';
import type { HubCredentials } from './mqtt-hub/hub-identity.ts';
import type { HubProfile } from './mqtt-hub/hub-profiles.ts';
import type { BatchChoices, HubChoices } from './mqtt-hub/hub-settings.ts';
import type { FilterRule } from './shape/filter-rule.ts';

/** An open sink. Disposing waits a bounded time for what is in flight, then saves the cursors. */
export interface Sink extends AsyncDisposable {
  readonly id: string;
  status(): SinkStatus;
  /** Ends the delay of a sink that is `waiting` or `paused`. @throws WaystationError `sink.notWaiting` */
  retryNow(): void;
}

/** One sink, as plain values. */
export type SinkOptions = MqttSinkOptions | InfluxdbSinkOptions | WebhookSinkOptions | FileSinkOptions;

/** What every sink has. */
interface CommonOptions {
  /** A slug; names the cursors, so it must stay the same. */
  readonly id: string;
  readonly gatewayId: string;
  readonly gatewayUid: string;
  readonly gatewayVersion: string;
  /** Where the gateway keeps its own. */
  readonly dataDir?: string;
  /** Where a sink begins that has no cursor yet. */
  readonly from: CursorStart;
  /** By priority, the most urgent first. */
  readonly lanes: readonly StreamId[];
  readonly filter: readonly FilterRule[];
  /** After an outage: what was missed first unless configured. */
  readonly order?: DeliveryOrder;
  /** What it sends over; absent where nothing bounds or counts that. */
  readonly link?: Link | undefined;
  /** Hears of each change of phase. */
  readonly onPhase?: PhaseListener;
  /** Those of `lanes` that never wait for a batch and may use the reserve of the link. */
  readonly urgentLanes?: readonly StreamId[];
  /** The only ones that use a metered link. */
  readonly meteredLanes?: readonly StreamId[];
  readonly retry?: RetryPolicy;
  /** Between attempts of a sink, or a lane, that needs a person: a refused login, an event that the hub will not take. */
  readonly pauseMs?: number;
  readonly connectTimeoutMs?: number;
  readonly journal: Journal;
  readonly deadLetters: DeadLetters;
  /** Where goes what comes down. */
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly stamp: () => Stamp;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** An MQTT broker. */
export interface MqttSinkOptions extends CommonOptions {
  readonly type: 'mqtt';
  /** `mqtt://HOST[:PORT]` or `mqtts://HOST[:PORT]`. */
  readonly url: string;
  /** First topic level or levels at the hub. */
  readonly prefix: string;
  readonly protocol: MqttProtocol;
  /** `properties` needs `protocol: 5`. */
  readonly envelope: Envelope;
  readonly credentials?: HubCredentials;
  /** PEM file of the authorities to trust, in place of those of the system. */
  readonly ca?: string | undefined;
  /** The kind of hub, whose limits are kept. */
  readonly profile?: HubProfile | undefined;
  /** Where the hub expects a certain one. */
  readonly clientId?: string | undefined;
  readonly keepaliveSeconds?: number | undefined;
  /** How soon a renewed token or certificate is noticed, unless the usual. */
  readonly identityCheckMs?: number;
  /** Many events in one publish, on a topic of its own. */
  readonly batch?: 'off' | BatchChoices;
  readonly window: HubChoices['window'];
  /** What of `<prefix>/<gatewayId>/down/#` is taken in: topic filters of local topics. Nothing unless stated. */
  readonly downlink?: { readonly allow: readonly string[] } | undefined;
  /** Whether the hub is told that the gateway is there, on `<prefix>/<gatewayId>/status`. Not unless stated. */
  readonly status?: boolean;
  /** Larger commands are ignored: what the local broker takes. */
  readonly maxCommandBytes?: number;
  /** How long a command that cannot be taken stays with the hub before the connection ends, unless the usual. */
  readonly commandHoldMs?: number;
  /** Own limit of a packet, beside what the hub grants. */
  readonly maxPacketBytes?: number;
}

/** An InfluxDB. */
export interface InfluxdbSinkOptions extends CommonOptions, InfluxdbKeys {
  readonly type: 'influxdb';
}

/** An HTTP receiver. */
export interface WebhookSinkOptions extends CommonOptions {
  readonly type: 'webhook';
  readonly url: string;
  /** What deliveries are signed with. */
  readonly secret: Secret;
  readonly batch: BatchKeys;
  readonly window: { readonly ackTimeoutMs: number };
}

/** Files on a drive. */
export interface FileSinkOptions extends CommonOptions, FileKeys {
  readonly type: 'file';
}
