import { WaystationError } from '#gateway/model/errors.ts';
import { openDelivery } from '#gateway/sinks/delivery/delivery.ts';
import type { Sink } from '#gateway/sinks/sink-options.ts';
import type { CommonDelivery } from '#gateway/sinks/target-type.ts';
import { BatchHub } from './batch/batch-hub.ts';
import { CommandIntake } from './downlink/command-intake.ts';
import { dropEcho } from './downlink/drop-echo.ts';
import { downlinkClientId } from './downlink/judge-command.ts';
import { type HubSettings, settleHub } from './hub-settings.ts';
import type { MqttConnection } from './mqtt-connection.ts';
import { type HubOptions, MqttHub } from './mqtt-hub.ts';
import type { MqttSinkOptions } from './mqtt-sink-options.ts';
import { Presence } from './presence.ts';

/** Larger packets are not sent, unless the broker takes larger ones. */
const DEFAULT_MAX_PACKET_BYTES = 1024 * 1024;
/** Larger commands are ignored, unless configured: as the local broker. */
const DEFAULT_MAX_COMMAND_BYTES = 256 * 1024;

/** A sink of type `mqtt`: what goes up, what comes down, and the word on whether the gateway is there. @throws WaystationError `config.invalid` */
export async function openHubSink(options: MqttSinkOptions, common: CommonDelivery): Promise<Sink> {
  const { id, batch = 'off' } = options;
  const { logger } = common;
  const settings = settleHub({ ...options, batch });
  for (const remark of settings.remarks) logger.warn({ remark }, 'Not all of the configuration can hold.');
  let isStopping = false;
  let connection: MqttConnection | undefined;
  const downlink = openDownlink(options, common);
  const presence = openPresence(options, () => isStopping);
  const hub: HubOptions = {
    ...hubOptions(options, settings, common.policy.connectTimeoutMs),
    ...(downlink && { downlink }),
    ...(presence && { presence }),
    onOpened: (opened) => {
      connection = opened;
    },
    onPresenceRefused: (error) => logger.warn({ error }, 'The hub does not take whether the gateway is there.'),
  };
  const policy = { ...common.policy, window: settings.window };
  // Also where nothing comes down any more: what once did is still in the journal.
  const guarded = { ...common, shaper: dropEcho(common.shaper, id) };
  const delivery: Sink =
    batch === 'off'
      ? await openDelivery({ ...guarded, target: new MqttHub(hub), policy })
      : await openDelivery({ ...guarded, target: new BatchHub(hub, batch), policy: { ...policy, batch } });
  return {
    id,
    status() {
      const granted = connection?.granted;
      return {
        ...delivery.status(),
        ...(granted && { granted }),
        ...(downlink && { downlink: downlink.status() }),
      };
    },
    retryNow: () => delivery.retryNow(),
    [Symbol.asyncDispose]() {
      isStopping = true;
      return delivery[Symbol.asyncDispose]();
    },
  };
}

function openDownlink(options: MqttSinkOptions, { clock, logger }: CommonDelivery): CommandIntake | undefined {
  const { id, prefix, gatewayId, downlink, publisher } = options;
  if (downlink === undefined) return undefined;
  return new CommandIntake({
    root: `${prefix}/${gatewayId}/down/`,
    allow: downlink.allow,
    clientId: downlinkClientId(id),
    maxPayloadBytes: options.maxCommandBytes ?? DEFAULT_MAX_COMMAND_BYTES,
    holdMs: options.commandHoldMs,
    ...{ publisher, clock, logger },
  });
}

function openPresence(options: MqttSinkOptions, isStopping: () => boolean): Presence | undefined {
  const { prefix, gatewayId, gatewayUid, gatewayVersion: version, protocol, stamp, link, clock } = options;
  if (options.status !== true) return undefined;
  const isLinkOff = () => link?.allowance(clock.monotonicMs(), 0).mode === 'off';
  return new Presence({
    topic: `${prefix}/${gatewayId}/status`,
    ...{ gatewayUid, version, protocol, stamp, isLinkOff, isStopping },
  });
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
