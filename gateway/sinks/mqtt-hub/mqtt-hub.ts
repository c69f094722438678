/**
 * The MQTT hub as a target of the delivery loop: one PUBLISH with QoS 1 per event, MQTT 5 or 3.1.1.
 *
 * It never reconnects, re-sends or remembers: that is the delivery loop's. Start reading at `compose-publish.ts` for what goes
 * up, at `mqtt-connection.ts` for how.
 */
import type { OutgoingEvent, Target, TargetConnection } from '#gateway/sinks/delivery/target.ts';
import { composePublish, type PublishFormat, type PublishPacket } from './compose-publish.ts';
import { type HubAddress, type HubCredentials, openHubSocket, parseHubUrl } from './hub-socket.ts';
import { openMqttConnection } from './mqtt-connection.ts';

/** What it takes to reach a hub. */
export interface MqttHubOptions {
  /** `mqtt://HOST[:PORT]` or `mqtts://HOST[:PORT]`. */
  readonly url: string;
  readonly clientId: string;
  readonly format: PublishFormat;
  readonly credentials?: HubCredentials;
  readonly connectTimeoutMs: number;
  /** Own limit of a packet, beside the hub's Maximum Packet Size. */
  readonly maxPacketBytes: number;
}

/** See the head of this file. */
export class MqttHub implements Target<PublishPacket> {
  readonly type = 'mqtt';
  readonly #options: MqttHubOptions;
  readonly #address: HubAddress;

  /** @throws WaystationError `config.invalid` */
  constructor(options: MqttHubOptions) {
    this.#options = options;
    this.#address = parseHubUrl(options.url, options.credentials);
  }

  prepare(event: OutgoingEvent): PublishPacket {
    return composePublish(this.#options.format, event);
  }

  async connect(signal: AbortSignal): Promise<TargetConnection<PublishPacket>> {
    const { url, clientId, format, credentials = {}, connectTimeoutMs, maxPacketBytes } = this.#options;
    const socket = await openHubSocket(this.#address, credentials);
    const { username, password } = credentials;
    const session = {
      what: `the hub at ${url}`,
      clientId,
      protocol: format.protocol,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      connectTimeoutMs,
      maxPacketBytes,
    };
    return openMqttConnection(socket, session, signal);
  }
}
