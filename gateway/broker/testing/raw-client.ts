import { connect, type Socket } from 'node:net';
import { generate, type IConnectPacket, type IPublishPacket, type Packet, parser } from 'mqtt-packet';

/** What a test may set of a CONNECT. */
export type ConnectOptions = Partial<Omit<IConnectPacket, 'cmd' | 'password'>> & { readonly password?: string };

/** An MQTT client for tests that sends exactly what it is told, in exactly one chunk, and keeps all that comes back. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly received: Packet[] = [];
  isClosed = false;
  #changed: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    const packets = parser();
    packets.on('packet', (packet) => {
      this.received.push(packet);
      this.#notify();
    });
    socket.on('data', (chunk) => packets.parse(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.#notify();
    });
  }

  /** A TCP connection; nothing has been sent. */
  static async open(port: number): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const client = new RawClient(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    return client;
  }

  /** A client that has its CONNACK, whatever it says. */
  static async connect(port: number, options: ConnectOptions = {}): Promise<RawClient> {
    const client = await RawClient.open(port);
    client.send(connectPacket(options));
    await client.until(() => client.isClosed || client.count('connack') > 0);
    return client;
  }

  /** Subscribes and waits for the answer. @returns the granted codes */
  async subscribe(...subscriptions: readonly { readonly topic: string; readonly qos: 0 | 1 | 2 }[]): Promise<unknown> {
    const messageId = this.received.length + 1;
    this.send({ cmd: 'subscribe', messageId, subscriptions: [...subscriptions] });
    const suback = () => this.received.find((packet) => packet.cmd === 'suback' && packet.messageId === messageId);
    await this.until(() => this.isClosed || suback() !== undefined);
    const packet = suback();
    return packet?.cmd === 'suback' ? packet.granted : undefined;
  }

  /** All packets in one chunk. */
  send(...packets: readonly Packet[]): void {
    this.sendBytes(Buffer.concat(packets.map((packet) => generate(packet))));
  }

  sendBytes(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** The return code of the CONNACK, if there was one. */
  get returnCode(): number | undefined {
    const connack = this.received.find((packet) => packet.cmd === 'connack');
    return connack?.cmd === 'connack' ? connack.returnCode : undefined;
  }

  /** Payloads of the messages received, as text. */
  get payloads(): string[] {
    return this.received.flatMap((packet) => (packet.cmd === 'publish' ? [packet.payload.toString()] : []));
  }

  /** Packet ids acknowledged, in order of arrival. */
  get acknowledged(): (number | undefined)[] {
    return this.received.flatMap((packet) => (packet.cmd === 'puback' ? [packet.messageId] : []));
  }

  count(cmd: Packet['cmd']): number {
    return this.received.filter((packet) => packet.cmd === cmd).length;
  }

  /**
   * Resolves when the condition holds; it is looked at whenever a packet comes or the connection closes.
   *
   * @throws Error it did not come to hold: with what came instead, which the deadline of the test would not show
   */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(() => deadline.reject(new Error(`waited in vain; ${this.#summary}`)), MAX_WAIT_MS);
    try {
      while (!condition()) {
        await Promise.race([new Promise<void>((resolve) => this.#changed.push(resolve)), deadline.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** A round trip: all that the broker answers at once has arrived afterwards. */
  async ping(): Promise<void> {
    const pongCount = this.count('pingresp');
    this.send({ cmd: 'pingreq' });
    await this.until(() => this.isClosed || this.count('pingresp') > pongCount);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  get #summary(): string {
    const last = this.received.slice(-5).map(({ cmd, messageId }) => (messageId ? `${cmd} ${messageId}` : cmd));
    return `${this.isClosed ? 'closed' : 'open'} after ${this.received.length} packets, the last ${last.join(', ')}`;
  }

  #notify(): void {
    const waiting = this.#changed;
    this.#changed = [];
    for (const wake of waiting) wake();
  }
}

/** Less than a test may take. */
const MAX_WAIT_MS = 10_000;

let clientCount = 0;

/** A CONNECT of MQTT 3.1.1 with a clean session and a client id of its own. */
export function connectPacket({ password, ...options }: ConnectOptions = {}): Packet {
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId: `test-${++clientCount}`,
    clean: true,
    keepalive: 0,
    ...options,
    ...(password === undefined ? {} : { password: Buffer.from(password) }),
  };
}

/** A PUBLISH; with QoS 1 or 2 give a packet id. */
export function publishPacket(
  topic: string,
  payload: string,
  qos: 0 | 1 | 2 = 0,
  messageId?: number,
  retain = false,
): IPublishPacket {
  const id = messageId === undefined ? {} : { messageId };
  return { cmd: 'publish', topic, payload, qos, retain, dup: false, ...id };
}
