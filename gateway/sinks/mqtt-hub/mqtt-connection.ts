import type { Socket } from 'node:net';
import {
  type IClientOptions,
  type IClientPublishOptions,
  type IConnackPacket,
  type IDisconnectPacket,
  type IPublishPacket,
  MqttClient,
  type Packet,
  ReasonCodes,
} from 'mqtt';
import { WaystationError } from '#gateway/model/errors.ts';
import type { HubGrant } from '#gateway/model/hub-grant.ts';
import type { Cancel } from '#gateway/runtime/clock.ts';
import type { Grant, Outcome, TargetConnection } from '#gateway/sinks/delivery/target.ts';
import type { PublishPacket } from './compose-publish.ts';
import { type CommandListener, CommandQueue } from './downlink/command-queue.ts';
import { EmptyStore } from './empty-store.ts';
import { grantOf } from './grant-of.ts';
import type { HubAt } from './hub-at.ts';
import { hubError, lostError, PACKET_TOO_LARGE, publishOutcome, qosError } from './hub-error.ts';
import { type IdleState, watchIdle } from './idle-watch.ts';
import { MAX_HUB_PACKET_BYTES, PacketLengths } from './packet-lengths.ts';
import { protocolFault } from './protocol-fault.ts';
import { PublishQueue } from './publish-queue.ts';
import type { Downlink, SessionOptions, Will } from './session.ts';
import { topicFault } from './topic-fault.ts';
import { UnaskedPackets } from './unasked-packets.ts';

/** Unless configured: only what finds a link that died where asking more often costs too much; see `idle-watch.ts`. */
export const DEFAULT_KEEPALIVE_S = 30;
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
  const connection = new MqttConnection(new MqttClient(() => socket, clientOptions(options)), options);
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

function clientOptions(options: SessionOptions): IClientOptions {
  const { protocol, clientId, password, downlink, will } = options;
  // MQTT 3.1.1 has no password without a name, and hubs that go by a token pass over it.
  const username = options.username ?? (password === undefined ? undefined : clientId);
  const isKept = downlink !== undefined;
  return {
    clientId,
    protocolVersion: protocol === 5 ? 5 : 4,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
    // Only what comes down needs a session that outlives the connection.
    clean: !isKept,
    ...(isKept && protocol === 5 ? { properties: keptSession(downlink) } : {}),
    ...(will === undefined ? {} : { will: willOptions(will) }),
    keepalive: options.keepaliveSeconds ?? DEFAULT_KEEPALIVE_S,
    connectTimeout: options.connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    outgoingStore: new EmptyStore(),
    incomingStore: new EmptyStore(),
  };
}

/** Publishes of the hub that wait for their turn in the memory of this process. */
const MAX_COMMANDS_IN_FLIGHT = 10;

function keptSession({ sessionExpirySeconds, maxPacketBytes }: Downlink): NonNullable<IClientOptions['properties']> {
  return {
    ...{ sessionExpiryInterval: sessionExpirySeconds, receiveMaximum: MAX_COMMANDS_IN_FLIGHT },
    ...(maxPacketBytes === undefined ? {} : { maximumPacketSize: maxPacketBytes }),
  };
}

function willOptions({
  topic,
  payload,
  isRetained,
  delaySeconds,
  properties,
}: Will): NonNullable<IClientOptions['will']> {
  const { contentType, userProperties } = properties ?? {};
  return {
    ...{ topic, payload, qos: 1, retain: isRetained },
    properties: {
      ...(delaySeconds === undefined ? {} : { willDelayInterval: delaySeconds }),
      ...(contentType === undefined ? {} : { contentType }),
      ...(userProperties === undefined ? {} : { userProperties: { ...userProperties } }),
    },
  };
}

/** See {@link openMqttConnection}. */
export class MqttConnection implements TargetConnection<PublishPacket> {
  /** Settles with the answer to CONNECT, and to the subscriptions if there are any. */
  readonly opened: Promise<void>;
  readonly closed: Promise<WaystationError>;
  readonly #client: MqttClient;
  readonly #options: SessionOptions;
  readonly #queue: PublishQueue;
  readonly #unasked: UnaskedPackets;
  #commands: CommandQueue | undefined;
  readonly #opening = Promise.withResolvers<void>();
  #grant: Grant = { maxInFlightSends: 1, maxPacketBytes: 0, maxEventsPerSend: 1 };
  #granted: HubGrant | undefined;
  #reason: WaystationError | undefined;
  /** The hub has accepted the session. */
  #isOpen = false;
  /** It has acknowledged something. */
  #hasTaken = false;
  /** Where the hub would have us go instead. */
  #serverReference: string | undefined;
  #idle: IdleState;
  #cancelIdle: Cancel = () => {};

  constructor(client: MqttClient, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
    const nowMs = options.clock.monotonicMs();
    this.#idle = { heardMs: nowMs };
    this.#unasked = new UnaskedPackets(options.downlink !== undefined, nowMs);
    this.#queue = new PublishQueue((packet, settle) => this.#write(packet, settle), options.clock);
    const closed = Promise.withResolvers<WaystationError>();
    this.opened = this.#opening.promise;
    this.closed = closed.promise;
    client.on('packetsend', (packet) => this.#unasked.sent(packet));
    client.on('packetreceive', (packet) => this.#inspect(packet));
    client.on('connect', (connack) => void this.#begin(connack));
    client.on('disconnect', (packet) => this.#disconnected(packet));
    // After an error MQTT.js may keep the socket and the parser may be out of step: no error is survived.
    client.on('error', (error) => this.#fail(hubError(this.#hub(), error)));
    client.on('close', () => {
      const reason = this.#reason ?? lostError(this.#hub());
      this.#queue.stop();
      this.#commands?.stop();
      this.#cancelIdle();
      this.#opening.reject(reason);
      closed.resolve(reason);
    });
    if (options.downlink !== undefined) this.#commands = this.#listen(options.downlink);
    const lengths = new PacketLengths();
    // Before MQTT.js reads it.
    client.stream.prependListener('data', (chunk: Buffer) => this.#measure(lengths, chunk));
  }

  get grant(): Grant {
    return this.#grant;
  }

  /** What the hub stated; undefined while there is no session. */
  get granted(): HubGrant | undefined {
    return this.#client.connected ? this.#granted : undefined;
  }

  send([packet]: readonly PublishPacket[]): Promise<Outcome> {
    return packet === undefined ? new Promise(() => {}) : this.publish(packet);
  }

  /** Answers when the hub has; a connection that ends says so through `closed` and leaves its publishes unanswered. */
  publish(packet: PublishPacket): Promise<Outcome> {
    const fault = topicFault(packet.topic, this.#options.limits);
    if (fault !== undefined) return Promise.resolve({ kind: 'rejected', error: fault });
    return this.#queue.push(packet);
  }

  /** Ends the connection as soon as nothing is under way, and sends nothing more on it: `closed` gives this reason. */
  retire(reason: WaystationError): void {
    this.#queue.drain(() => {
      this.#reason ??= reason;
      this.#leave();
    });
  }

  /** Ends the connection at once. */
  abandon(): void {
    this.#client.end(true);
    this.#client.stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#queue.unansweredCount > 0 || !this.#client.connected) this.abandon();
    else this.#leave();
    await this.closed;
  }

  /** With nothing under way the hub is told. It need not close its side: the socket goes when DISCONNECT is written. */
  #leave(): void {
    const { stream } = this.#client;
    const farewell = this.#isOpen ? this.#options.farewell?.() : undefined;
    // QoS 0: DISCONNECT follows on its heels, and nobody waits for an answer.
    if (farewell !== undefined)
      this.#client.publish(farewell.topic, farewell.payload, this.#publishOptions(farewell, 0));
    stream.once('finish', () => stream.destroy());
    this.#client.end();
  }

  async #begin(connack: IConnackPacket): Promise<void> {
    if (this.#reason !== undefined) return;
    this.#isOpen = true;
    const refusal = this.#accept(connack) ?? (await this.#subscribe());
    if (refusal !== undefined) return this.#fail(refusal);
    this.#watchIdle();
    this.#opening.resolve();
  }

  /** @returns why the session is of no use although the hub accepted it */
  #accept(connack: IConnackPacket): WaystationError | undefined {
    const granted = connack.properties;
    const { what, limits, maxPacketBytes } = this.#options;
    if (granted?.maximumQoS === 0) return qosError(what);
    this.#granted = grantOf(connack);
    const maxInFlight = Math.min(granted?.receiveMaximum ?? MAX_IN_FLIGHT, limits?.maxInFlight ?? MAX_IN_FLIGHT);
    this.#grant = {
      maxInFlightSends: maxInFlight,
      maxPacketBytes: Math.min(maxPacketBytes, granted?.maximumPacketSize ?? Infinity),
      maxEventsPerSend: 1,
    };
    this.#queue.open({ maxInFlight, maxPerSecond: limits?.maxPublishesPerSecond });
    return undefined;
  }

  async #subscribe(): Promise<WaystationError | undefined> {
    const { downlink, what } = this.#options;
    if (downlink === undefined) return undefined;
    try {
      // MQTT 5: nothing that is retained.
      await this.#client.subscribeAsync([...downlink.filters], { qos: 1, rh: 2 });
      return undefined;
    } catch (error) {
      if (!this.#client.connected) return lostError(this.#hub());
      const reason = error instanceof Error ? error.message : String(error);
      const filters = downlink.filters.join(', ');
      return new WaystationError(
        'hub.refused',
        `Subscribing to ${filters} at ${what}: ${reason}. Allow it in the access rules of the hub.`,
      );
    }
  }

  /** MQTT.js is not to acknowledge what it hands over: that is done when it is safe, and what else comes is heard meanwhile. */
  #listen(downlink: Downlink): CommandQueue {
    const { what, clock } = this.#options;
    const listener: CommandListener = {
      acknowledge: (packet) => this.#acknowledge(packet),
      fail: (error) => {
        this.#fail(error instanceof WaystationError ? error : hubError(this.#hub(), new Error(String(error))));
      },
      overrun: () => {
        const text = `The connection to ${what} is made anew: it sent more commands than can wait here, and has the rest still.`;
        this.retire(new WaystationError('hub.renewed', text));
      },
    };
    const queue = new CommandQueue(downlink, listener, clock);
    this.#client.options.customHandleAcks = (_topic, _payload, _packet, done) => done(0, 0);
    this.#client.handleMessage = (packet: IPublishPacket, done: (error?: Error) => void) => {
      queue.push(packet, () => done(NOT_YET));
    };
    return queue;
  }

  #acknowledge({ qos, messageId }: IPublishPacket): void {
    const { stream, connected, disconnecting } = this.#client;
    if (qos !== 1 || messageId === undefined || this.#reason !== undefined || !connected || disconnecting) return;
    stream.write(Uint8Array.of(...PUBACK_HEAD, messageId >> 8, messageId & 0xff));
  }

  #write(packet: PublishPacket, settle: (outcome: Outcome) => void): void {
    const { topic, payload } = packet;
    this.#client.publish(topic, payload, this.#publishOptions(packet, 1), (error) => {
      // Nothing that a broken session says counts as an acknowledgement.
      if (this.#reason !== undefined || (error && !('code' in error))) return;
      this.#hasTaken = true;
      settle(publishOutcome(this.#hub(), topic, error));
    });
  }

  #publishOptions({ properties, isRetained = false }: PublishPacket, qos: 0 | 1): IClientPublishOptions {
    return { qos, retain: isRetained, ...(properties === undefined ? {} : { properties }) };
  }

  #disconnected(packet: IDisconnectPacket): void {
    const code = packet.reasonCode ?? 0;
    const error = Object.assign(new Error(reasonText(code)), { code });
    // A hub that states no limit ends the connection for a packet that is too large. With one in flight it is known which.
    if (code === PACKET_TOO_LARGE) this.#queue.settleOnly(publishOutcome(this.#hub(), 'the hub', error));
    this.#fail(hubError(this.#hub(), error));
  }

  /** Before MQTT.js acts on it. */
  #inspect(packet: Packet): void {
    // What was read with the packet that ended it is handed over all the same.
    if (this.#reason !== undefined) return;
    const { protocol, what, downlink, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#idle = { heardMs: nowMs };
    if (packet.cmd === 'connack' || packet.cmd === 'disconnect') {
      this.#serverReference = packet.properties?.serverReference;
    }
    const fault = protocolFault(protocol, packet, downlink !== undefined) ?? this.#unasked.received(packet, nowMs);
    if (fault === undefined) return;
    this.#fail(new WaystationError('hub.protocolError', `${what} broke the rules of MQTT: ${fault}.`));
  }

  /** Beside MQTT.js, whose own bound is looked at when a packet is whole. A hub of 3.1.1 was told none. */
  #measure(lengths: PacketLengths, chunk: Buffer): void {
    const { protocol, downlink, what } = this.#options;
    const toldBytes = protocol === 5 ? downlink?.maxPacketBytes : undefined;
    const maxBytes = Math.min(toldBytes ?? MAX_HUB_PACKET_BYTES, MAX_HUB_PACKET_BYTES);
    const bytes = lengths.findLarger(chunk, maxBytes);
    if (bytes === undefined) return;
    const text = `${what} broke the rules: it began a packet of ${bytes} bytes, and ${maxBytes} are taken at most.`;
    this.#fail(new WaystationError('hub.protocolError', text));
  }

  #watchIdle(): void {
    const { clock, idlePatienceMs, what } = this.#options;
    if (this.#reason !== undefined || idlePatienceMs === undefined) return;
    const nowMs = clock.monotonicMs();
    const patienceMs = idlePatienceMs();
    const next = patienceMs === undefined ? undefined : watchIdle(this.#idle, nowMs, patienceMs);
    if (next?.kind === 'gone') {
      const words = `The connection to ${what} is dead: it did not answer within ${patienceMs} ms, with nothing under way.`;
      this.#fail(new WaystationError('hub.timeout', words));
      return;
    }
    if (next?.kind === 'ask') {
      this.#client.sendPing();
      this.#idle = { ...this.#idle, askedMs: nowMs };
    }
    const delayMs = next === undefined ? ASK_AGAIN_MS : Math.ceil(next.againMs - nowMs);
    this.#cancelIdle = clock.schedule(delayMs, () => this.#watchIdle());
  }

  #hub(): HubAt {
    const { what, protocol, clientId, hints } = this.#options;
    const where = { what, protocol, clientId, isOpen: this.#isOpen, serverReference: this.#serverReference };
    return { ...where, hasTaken: this.#hasTaken, unansweredCount: this.#queue.unansweredCount, hints };
  }

  #fail(reason: WaystationError): void {
    this.#reason ??= reason;
    this.abandon();
  }
}

/**
 * Type, flags and remaining length; the identifier follows. Without a reason code it says success in every version.
 *
 * @see MQTT 5.0, section 3.4.2.1
 */
const PUBACK_HEAD = [0x40, 2] as const;
/** With an error MQTT.js goes on with the next packet and does not acknowledge this one. */
const NOT_YET = new Error('not acknowledged yet');

/** How soon a link that costs too much to ask on is looked at again. */
const ASK_AGAIN_MS = 10_000;

function reasonText(code: number): string {
  return Object.entries(ReasonCodes).find(([known]) => Number(known) === code)?.[1] ?? 'no reason given';
}
