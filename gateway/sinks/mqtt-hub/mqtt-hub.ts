/**
 * The MQTT hub as a target of the delivery loop: one PUBLISH with QoS 1 per event, or per batch of events; MQTT 5 or 3.1.1.
 *
 * It never reconnects, re-sends or remembers: that is the delivery loop's. Start reading at `compose-publish.ts` and `batch/batch.ts`
 * for what goes up, at `mqtt-connection.ts` for how.
 */
import { WaystationError } from '#gateway/model/errors.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { OutgoingEvent, Target, TargetConnection } from '#gateway/sinks/delivery/target.ts';
import { composePublish, type PublishFormat, type PublishPacket } from './compose-publish.ts';
import { type IdentityFiles, readIdentity, watchIdentity } from './hub-identity.ts';
import { type HubAddress, parseHubUrl, type SocketOptions } from './hub-socket.ts';
import type { MqttConnection } from './mqtt-connection.ts';
import { openSession } from './open-session.ts';
import type { Presence } from './presence.ts';
import type { Login, SessionOptions } from './session.ts';

/** What it takes to reach a hub. */
export interface HubOptions
  extends Pick<
    SessionOptions,
    'clientId' | 'connectTimeoutMs' | 'maxPacketBytes' | 'keepaliveSeconds' | 'idlePatienceMs' | 'limits' | 'downlink'
  > {
  /** `mqtt://HOST[:PORT]` or `mqtts://HOST[:PORT]`. */
  readonly url: string;
  readonly format: PublishFormat;
  readonly credentials?: IdentityFiles;
  readonly clock: Clock;
  readonly alpn?: string | undefined;
  readonly meter?: SocketOptions['meter'];
  /** Tells the hub whether the gateway is there; absent where it is not to know. */
  readonly presence?: Presence;
  /** Called with each session that the hub has accepted. */
  readonly onOpened?: (connection: MqttConnection) => void;
  /** Called when the hub does not take that. */
  readonly onPresenceRefused?: (error: WaystationError) => void;
  /** How soon a renewed token or certificate is noticed, unless the usual. */
  readonly identityCheckMs?: number;
}

/** See the head of this file. */
export class MqttHub implements Target<PublishPacket> {
  readonly type = 'mqtt';
  readonly #options: HubOptions;
  readonly #address: HubAddress;

  /** @throws WaystationError `config.invalid` */
  constructor(options: HubOptions) {
    this.#options = options;
    this.#address = parseHubUrl(options.url, options.credentials);
  }

  prepare(event: OutgoingEvent): PublishPacket {
    return composePublish(this.#options.format, event);
  }

  connect(signal: AbortSignal): Promise<TargetConnection<PublishPacket>> {
    return connectHub(this.#address, this.#options, signal);
  }
}

/**
 * One attempt. A token or certificate that is renewed while the connection lasts ends it once nothing is under way, so that nothing
 * has to be sent again; the delivery loop then makes the next one.
 *
 * @throws WaystationError `hub.refused`, `hub.unreachable`, `secret.unreadable`
 */
export async function connectHub(
  address: HubAddress,
  options: HubOptions,
  signal: AbortSignal,
): Promise<MqttConnection> {
  const {
    url,
    format,
    credentials = {},
    alpn,
    meter,
    clock,
    identityCheckMs,
    presence,
    onPresenceRefused,
    onOpened,
    ...session
  } = options;
  const { username, password, ...identity } = await readIdentity(credentials);
  const what = `the hub at ${url}`;
  const about = {
    ...session,
    ...{ what, clock, protocol: format.protocol },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(presence && { will: presence.will(), farewell: () => presence.farewell() }),
    hints: {
      topicTree: `${format.prefix}/${format.gatewayId}/#`,
      login: loginOf(credentials),
      hasUserProperties: format.protocol === 5 && format.envelope === 'properties',
    },
  };
  const connection = await openSession(address, { identity, alpn, meter }, about, signal);
  onOpened?.(connection);
  if (presence !== undefined) {
    void connection.publish(presence.birth()).then((outcome) => {
      if (outcome.kind !== 'accepted') onPresenceRefused?.(outcome.error);
    });
  }
  const used = { ...identity, ...(password === undefined ? {} : { password }) };
  const renewed = (part: string) =>
    connection.retire(
      new WaystationError('hub.renewed', `The connection to ${what} is made anew: another ${part} is there.`),
    );
  const stopWatching = watchIdentity(credentials, used, clock, renewed, identityCheckMs);
  void connection.closed.then(stopWatching);
  return connection;
}

function loginOf({ certFile, tokenFile, password }: IdentityFiles): Login {
  if (certFile !== undefined) return 'certificate';
  if (tokenFile !== undefined) return 'token';
  return password === undefined ? 'none' : 'password';
}
