/**
 * Sinks carry events out of the gateway: each reads the journal from its own cursors and hands every event that passes its
 * filter to one target, at least once and in order.
 *
 * A sink never takes anything in, never holds back another sink, and never forgets an event that its target has not
 * acknowledged. Start reading at `delivery/delivery.ts` (the loop) and `delivery/target.ts` (what a target must do).
 */
import type { CursorStart, Journal } from '#gateway/journal/journal.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Publisher, StreamId } from '#gateway/model/message.ts';
import type { Secret } from '#gateway/model/secret.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { RetryPolicy } from '#gateway/runtime/retry-schedule.ts';
import type { DeadLetters } from './dead-letters/dead-letters.ts';
import { openDelivery } from './delivery/delivery.ts';
import type { DeliveryOrder, DeliveryPolicy } from './delivery/delivery-state.ts';
import { MAX_REQUESTS_PER_SEND } from './influxdb/influxdb-connection.ts';
import { type InfluxdbKeys, influxdbTarget } from './influxdb/influxdb-keys.ts';
import type { Link } from './link/link.ts';
import { BatchHub } from './mqtt-hub/batch/batch-hub.ts';
import type { Envelope, MqttProtocol } from './mqtt-hub/compose-publish.ts';
import { CommandIntake } from './mqtt-hub/downlink/command-intake.ts';
import { dropEcho } from './mqtt-hub/downlink/drop-echo.ts';
import { downlinkClientId } from './mqtt-hub/downlink/judge-command.ts';
import type { HubCredentials } from './mqtt-hub/hub-identity.ts';
import type { HubProfile } from './mqtt-hub/hub-profiles.ts';
import { type BatchChoices, type HubChoices, type HubSettings, settleHub } from './mqtt-hub/hub-settings.ts';
import { type HubOptions, MqttHub } from './mqtt-hub/mqtt-hub.ts';
import { compileShaper } from './shape/compile-shaper.ts';
import type { FilterRule } from './shape/filter-rule.ts';
import { WebhookTarget } from './webhook/webhook-target.ts';

/** An open sink. Disposing waits a bounded time for what is in flight, then saves the cursors. */
export interface Sink extends AsyncDisposable {
  readonly id: string;
  status(): SinkStatus;
  /** Ends the delay of a sink that is `waiting` or `paused`. @throws WaystationError `sink.notWaiting` */
  retryNow(): void;
}

/** One sink, as plain values. */
export type SinkOptions = MqttSinkOptions | InfluxdbSinkOptions | WebhookSinkOptions;

/** What every sink has. */
interface CommonOptions {
  /** A slug; names the cursors, so it must stay the same. */
  readonly id: string;
  readonly gatewayId: string;
  readonly gatewayUid: string;
  /** Where a sink begins that has no cursor yet. */
  readonly from: CursorStart;
  /** By priority, the most urgent first. */
  readonly lanes: readonly StreamId[];
  readonly filter: readonly FilterRule[];
  /** After an outage: what was missed first unless configured. */
  readonly order?: DeliveryOrder;
  /** What it sends over; absent where nothing bounds or counts that. */
  readonly link?: Link | undefined;
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
  /** Larger commands are ignored: what the local broker takes. */
  readonly maxCommandBytes?: number;
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
  /** One request at a time: a batch is all that is in flight. `maxAgeMs`: how long an event waits for others; 0 unless stated. */
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number; readonly maxAgeMs?: number };
  readonly window: { readonly ackTimeoutMs: number };
}

/** Backoff between attempts, unless configured [D5]. */
export const DEFAULT_RETRY: RetryPolicy = { firstDelayMs: 1000, maxDelayMs: 60_000 };
/** From the start of the attempt to CONNACK, unless configured. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** Larger packets are not sent, unless configured. */
export const DEFAULT_MAX_PACKET_BYTES = 1024 * 1024;
/** As the local broker unless configured. */
const DEFAULT_MAX_COMMAND_BYTES = 256 * 1024;
/** Topic and attributes around a payload: far more than they take. */
const ENVELOPE_BYTES = 64 * 1024;
/** See `pauseMs`, unless configured. */
const DEFAULT_PAUSE_MS = 60_000;
/** How long closing waits for acknowledgements. */
const DRAIN_TIMEOUT_MS = 3000;

/** The packet that the largest payload the broker takes can become: base64 adds a third. */
export function packetBytesFor(maxPayloadBytes: number): number {
  return Math.ceil((maxPayloadBytes * 4) / 3) + ENVELOPE_BYTES;
}

/**
 * Opens a sink; it succeeds although the hub is unreachable, and goes on trying.
 *
 * @throws WaystationError `config.invalid` for an impossible combination of options
 */
export async function openSink(options: SinkOptions): Promise<Sink> {
  const { id, journal, deadLetters, lanes, from, clock } = options;
  const connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  const logger = options.logger.child({ sink: id });
  const common = {
    ...{ id, journal, deadLetters, lanes, from, clock, logger, link: options.link },
    shaper: compileShaper(options.filter),
    policy: {
      retry: options.retry ?? DEFAULT_RETRY,
      connectTimeoutMs,
      pauseMs: options.pauseMs ?? DEFAULT_PAUSE_MS,
      drainTimeoutMs: DRAIN_TIMEOUT_MS,
      order: options.order ?? 'oldestFirst',
      urgentLanes: options.urgentLanes ?? [],
      meteredLanes: options.meteredLanes ?? [],
      random: options.random,
    },
  };
  switch (options.type) {
    case 'mqtt': {
      const { batch = 'off' } = options;
      const settings = settleHub({ ...options, batch });
      const downlink = openDownlink(options, logger);
      const hub = { ...hubOptions(options, settings, connectTimeoutMs), ...(downlink && { downlink }) };
      const policy = { ...common.policy, window: settings.window };
      for (const remark of settings.remarks) logger.warn({ remark }, 'Not all of the configuration can hold.');
      // Also where nothing comes down any more: what once did is still in the journal.
      const guarded = { ...common, shaper: dropEcho(common.shaper, id) };
      const delivery =
        batch === 'off'
          ? await openDelivery({ ...guarded, target: new MqttHub(hub), policy })
          : await openDelivery({
              ...guarded,
              target: new BatchHub(hub, batch.maxEvents),
              policy: { ...policy, batch },
            });
      return downlink === undefined ? delivery : withDownlink(delivery, downlink);
    }
    case 'influxdb': {
      const target = influxdbTarget(id, options.gatewayId, options);
      // Each request has that deadline itself; a batch may take several.
      const ackTimeoutMs = MAX_REQUESTS_PER_SEND * options.window.ackTimeoutMs;
      return openDelivery({
        ...common,
        target,
        policy: { ...common.policy, ...inBatches(options.batch, ackTimeoutMs) },
      });
    }
    case 'webhook': {
      const { ackTimeoutMs } = options.window;
      const target = new WebhookTarget({ ...options, requestTimeoutMs: ackTimeoutMs });
      return openDelivery({
        ...common,
        target,
        policy: { ...common.policy, ...inBatches(options.batch, ackTimeoutMs) },
      });
    }
  }
}

function openDownlink(options: MqttSinkOptions, logger: Logger): CommandIntake | undefined {
  const { id, prefix, gatewayId, downlink, publisher, clock } = options;
  if (downlink === undefined) return undefined;
  return new CommandIntake({
    root: `${prefix}/${gatewayId}/down/`,
    allow: downlink.allow,
    clientId: downlinkClientId(id),
    maxPayloadBytes: options.maxCommandBytes ?? DEFAULT_MAX_COMMAND_BYTES,
    ...{ publisher, clock, logger },
  });
}

function withDownlink(delivery: Sink, downlink: CommandIntake): Sink {
  return {
    id: delivery.id,
    status: () => ({ ...delivery.status(), downlink: downlink.status() }),
    retryNow: () => delivery.retryNow(),
    [Symbol.asyncDispose]: () => delivery[Symbol.asyncDispose](),
  };
}

/** One batch is all that is in flight. */
function inBatches(
  { maxAgeMs = 0, ...limits }: WebhookSinkOptions['batch'],
  ackTimeoutMs: number,
): Pick<DeliveryPolicy, 'window' | 'batch'> {
  const window = { ...limits, ackTimeoutMs };
  return maxAgeMs === 0 ? { window } : { window, batch: { ...limits, maxAgeMs } };
}

function hubOptions(options: MqttSinkOptions, settings: HubSettings, connectTimeoutMs: number): HubOptions {
  const { id, gatewayId, gatewayUid, prefix, protocol, envelope, url, clock, ca, link } = options;
  if (protocol === '3.1.1' && envelope === 'properties' && (options.batch ?? 'off') === 'off') {
    throw new WaystationError(
      'config.invalid',
      `Sink ${id}: MQTT 3.1.1 has no properties; choose \`envelope: structured\` or \`none\`, or \`protocol: 5\`.`,
    );
  }
  return {
    ...{ url, clock, connectTimeoutMs },
    clientId: options.clientId ?? `${gatewayUid}-${id}`,
    format: { prefix, gatewayId, gatewayUid, protocol, envelope },
    credentials: { ...options.credentials, ...(ca === undefined ? {} : { caFile: ca }) },
    maxPacketBytes: Math.min(options.maxPacketBytes ?? DEFAULT_MAX_PACKET_BYTES, settings.maxPacketBytes),
    keepaliveSeconds: settings.keepaliveSeconds,
    // Each question takes some 160 B: a link that is paid by the byte goes by keepalive while it is idle.
    idlePatienceMs: () =>
      link?.allowance(clock.monotonicMs(), 0).mode === 'metered' ? undefined : settings.window.ackTimeoutMs,
    limits: settings.limits,
    alpn: settings.alpn,
    ...(options.identityCheckMs === undefined ? {} : { identityCheckMs: options.identityCheckMs }),
    meter: link && ((socket) => link.meter(socket)),
  };
}
