import type { Socket } from 'node:net';
import { type IConnackPacket, type IDisconnectPacket, MqttClient, type Packet, ReasonCodes } from 'mqtt';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Secret } from '#gateway/model/secret.ts';
import type { Grant, Outcome, TargetConnection } from '#gateway/sinks/delivery/target.ts';
import type { MqttProtocol, PublishPacket } from './compose-publish.ts';
import { EmptyStore } from './empty-store.ts';
import { type HubAt, hubError, otherProtocol, PACKET_TOO_LARGE, publishOutcome } from './hub-error.ts';
import { protocolFault } from './protocol-fault.ts';

/** How the session is asked for. */
export interface SessionOptions {
  /** Names the hub in messages. */
  readonly what: string;
  readonly clientId: string;
  readonly protocol: MqttProtocol;
  readonly username?: string;
  readonly password?: Secret;
  readonly connectTimeoutMs: number;
  /** Own limit of a packet; the hub may grant less. */
  readonly maxPacketBytes: number;
}

/** Keepalive only finds a link that died while idle; with events in flight the acknowledgement deadline is faster [D4]. */
const KEEPALIVE_S = 30;
/** Packet identifiers are 16 bits: what a hub grants that states no Receive Maximum. */
const MAX_IN_FLIGHT = 65_535;

/**
 * One MQTT.js client for one connection. Its reconnect, offline queue and store are off: a client that ends is thrown away.
 *
 * @throws WaystationError `hub.refused` or `hub.unreachable`
 */
export async function openMqttConnection(
  socket: Socket,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<MqttConnection> {
  const { protocol, username, password } = options;
  const client = new MqttClient(() => socket, {
    clientId: options.clientId,
    protocolVersion: protocol === 5 ? 5 : 4,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: options.connectTimeoutMs,
    reconnectPeriod: 0,
    queueQoSZero: false,
    outgoingStore: new EmptyStore(),
    incomingStore: new EmptyStore(),
  });
  const connection = new MqttConnection(client, options);
  const abort = () => connection.abandon();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await connection.opened;
    return connection;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** See {@link openMqttConnection}. */
export class MqttConnection implements TargetConnection<PublishPacket> {
  /** Settles with the answer to CONNECT. */
  readonly opened: Promise<void>;
  readonly closed: Promise<WaystationError>;
  readonly #client: MqttClient;
  readonly #options: SessionOptions;
  readonly #unanswered = new Set<(outcome: Outcome) => void>();
  #grant: Grant = { maxInFlightSends: 1, maxPacketBytes: 0, maxEventsPerSend: 1 };
  #reason: WaystationError | undefined;
  /** The hub has accepted the session. */
  #isOpen = false;
  /** Where the hub would have us go instead. */
  #serverReference: string | undefined;

  constructor(client: MqttClient, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
    const opened = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<WaystationError>();
    this.opened = opened.promise;
    this.closed = closed.promise;
    client.on('packetreceive', (packet) => this.#inspect(packet));
    client.on('connect', (connack) => {
      if (this.#reason !== undefined) return;
      this.#isOpen = true;
      const refusal = this.#accept(connack);
      if (refusal === undefined) return opened.resolve();
      this.#fail(refusal);
    });
    client.on('disconnect', (packet) => this.#disconnected(packet));
    // After an error MQTT.js may keep the socket and the parser may be out of step: no error is survived.
    client.on('error', (error) => this.#fail(hubError(this.#hub(), error)));
    client.on('close', () => {
      const reason = this.#reason ?? this.#lost();
      opened.reject(reason);
      closed.resolve(reason);
    });
  }

  get grant(): Grant {
    return this.#grant;
  }

  /** Answers when the hub has; a connection that ends says so through `closed` and leaves its sends unanswered. */
  send([packet]: readonly PublishPacket[]): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    if (packet === undefined) return promise;
    const { topic, payload, properties } = packet;
    this.#unanswered.add(resolve);
    this.#client.publish(topic, payload, { qos: 1, ...(properties === undefined ? {} : { properties }) }, (error) => {
      // Nothing that a broken session says counts as an acknowledgement.
      if (this.#reason !== undefined || (error && !('code' in error))) return;
      this.#unanswered.delete(resolve);
      resolve(publishOutcome(topic, error));
    });
    return promise;
  }

  /** Ends the connection at once. */
  abandon(): void {
    this.#client.end(true);
    this.#client.stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { stream } = this.#client;
    if (this.#unanswered.size > 0 || !this.#client.connected) {
      this.abandon();
    } else {
      // With nothing in flight the hub is told. It need not close its side: the socket goes when DISCONNECT is written.
      stream.once('finish', () => stream.destroy());
      this.#client.end();
    }
    await this.closed;
  }

  /** @returns why the session is of no use although the hub accepted it */
  #accept(connack: IConnackPacket): WaystationError | undefined {
    const granted = connack.properties;
    if (granted?.maximumQoS === 0) {
      return new WaystationError(
        'hub.refused',
        `Connecting to ${this.#options.what}: it grants QoS 0 only; delivery needs QoS 1.`,
      );
    }
    this.#grant = {
      maxInFlightSends: granted?.receiveMaximum ?? MAX_IN_FLIGHT,
      maxPacketBytes: Math.min(this.#options.maxPacketBytes, granted?.maximumPacketSize ?? Infinity),
      maxEventsPerSend: 1,
    };
    return undefined;
  }

  #disconnected(packet: IDisconnectPacket): void {
    const code = packet.reasonCode ?? 0;
    const error = Object.assign(new Error(reasonText(code)), { code });
    const [only, ...others] = this.#unanswered;
    // A hub that states no limit ends the connection for a packet that is too large. With one in flight it is known which.
    if (code === PACKET_TOO_LARGE && only !== undefined && others.length === 0) {
      only(publishOutcome('the hub', error));
    }
    this.#fail(hubError(this.#hub(), error));
  }

  /** Before MQTT.js acts on it. */
  #inspect(packet: Packet): void {
    if (packet.cmd === 'connack' || packet.cmd === 'disconnect') {
      this.#serverReference = packet.properties?.serverReference;
    }
    const { protocol, what } = this.#options;
    const fault = protocolFault(protocol, packet);
    if (fault === undefined) return;
    this.#fail(new WaystationError('hub.protocolError', `${what} broke the rules of MQTT: ${fault}.`));
  }

  #hub(): HubAt {
    const { what, protocol } = this.#options;
    return { what, protocol, isOpen: this.#isOpen, serverReference: this.#serverReference };
  }

  #fail(reason: WaystationError): void {
    this.#reason ??= reason;
    this.abandon();
  }

  #lost(): WaystationError {
    const { what, protocol } = this.#options;
    if (this.#isOpen) return new WaystationError('hub.unreachable', `The connection to ${what} ended.`);
    const hint = otherProtocol(protocol);
    return new WaystationError(
      'hub.unreachable',
      `Connecting to ${what}: it closed the connection without an answer. ${hint}`,
    );
  }
}

function reasonText(code: number): string {
  return Object.entries(ReasonCodes).find(([known]) => Number(known) === code)?.[1] ?? 'no reason given';
}
