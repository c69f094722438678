import type { CommonOptions } from '#gateway/sinks/sink-options.ts';
import type { Envelope, MqttProtocol } from './compose-publish.ts';
import type { HubCredentials } from './hub-identity.ts';
import type { HubProfile } from './hub-profiles.ts';
import type { BatchChoices, HubChoices } from './hub-settings.ts';

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
  readonly credentials?: HubCredentials | undefined;
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

/** What is reckoned with before a hub is connected to. */
export type HubKeys = HubChoices & Pick<MqttSinkOptions, 'protocol' | 'envelope'>;
