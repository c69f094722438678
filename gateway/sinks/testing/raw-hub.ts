import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  type IConnackPacket,
  type IDisconnectPacket,
  type IPublishPacket,
  type Packet,
  parser,
  writeToStream,
} from 'mqtt-packet';

/** A publish of the hub. */
type OwnPublish = Pick<IPublishPacket, 'topic' | 'payload' | 'messageId' | 'properties'> & { readonly dup?: boolean };

/** A hub for tests that speaks just enough MQTT 5 to be awkward: it answers as told, when told. */
export class RawHub implements AsyncDisposable {
  /** Bytes go out as they are. */
  connack: IConnackPacket | Buffer = { cmd: 'connack', sessionPresent: false, reasonCode: 0 };
  /** Publishes are acknowledged at once with this reason, or kept until {@link RawHub.release}. */
  answer: number | 'keep' | ((publish: IPublishPacket) => number) = 0;
  /** 4 for MQTT 3.1.1. */
  protocolVersion: 4 | 5 = 5;
  /** Answers nothing but what comes from the test. */
  isDumb = false;
  /** The packet that acknowledges; only PUBACK is right. */
  acknowledgement: 'puback' | 'pubrec' | 'pubcomp' = 'puback';
  readonly connects: Packet[] = [];
  readonly published: IPublishPacket[] = [];
  /** The most publishes that were unanswered at once. */
  mostInFlight = 0;
  goodbyeCount = 0;
  pingCount = 0;
  readonly subscribed: string[] = [];
  /** What it has kept for the session: sent behind each CONNACK. */
  redelivered: readonly OwnPublish[] = [];
  /** Reason code for each subscription. */
  subscriptionAnswer = 1;
  /** Publishes of this hub that the gateway has acknowledged. */
  readonly acknowledgedIds: (number | undefined)[] = [];
  /** Whether it closes its side when the gateway has closed its own. */
  isPolite = true;
  #kept: { readonly socket: Socket; readonly messageId: number }[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<RawHub> {
    const server = createServer({ allowHalfOpen: true });
    const hub = new RawHub(server);
    server.on('connection', (socket) => hub.#serve(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return hub;
  }

  get port(): number {
    // A TCP server that listens has an address of this kind.
    return (this.#server.address() as AddressInfo).port;
  }

  get keptCount(): number {
    return this.#kept.length;
  }

  /** Acknowledges the oldest `count` publishes that were kept. */
  release(count: number): void {
    for (const { socket, messageId } of this.#kept.splice(0, count)) this.#acknowledge(socket, messageId, 0);
  }

  /** Says goodbye with a reason, as a server of MQTT 5 may. */
  disconnect(reasonCode: number, properties: IDisconnectPacket['properties'] = {}): void {
    for (const socket of this.#sockets) {
      writeToStream({ cmd: 'disconnect', reasonCode, properties }, socket, { protocolVersion: 5 });
      socket.end();
    }
  }

  /** Sends a publish with QoS 1 down. */
  publish(publish: OwnPublish): void {
    for (const socket of this.#sockets) this.#send(socket, publish);
  }

  /** Closes every connection without a word. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Sends bytes, a packet or not. */
  say(bytes: Uint8Array): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  /** Sends bytes that are no packet. */
  babble(): void {
    this.say(Buffer.from([0xf0, 0xff, 0xff, 0xff, 0xff, 0xff]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    const packets = parser({ protocolVersion: this.protocolVersion });
    this.#sockets.add(socket);
    this.#kept = [];
    socket.on('data', (bytes) => packets.parse(bytes));
    socket.on('end', () => this.isPolite && socket.end());
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    packets.on('packet', (packet: Packet) => this.#receive(socket, packet));
  }

  #receive(socket: Socket, packet: Packet): void {
    if (packet.cmd === 'connect') {
      this.connects.push(packet);
      if (Buffer.isBuffer(this.connack)) socket.write(this.connack);
      else writeToStream(this.connack, socket, { protocolVersion: this.protocolVersion });
      for (const publish of this.redelivered) this.#send(socket, publish);
    }
    if (packet.cmd === 'disconnect') this.goodbyeCount += 1;
    if (packet.cmd === 'pingreq') {
      this.pingCount += 1;
      if (!this.isDumb) writeToStream({ cmd: 'pingresp' }, socket);
    }
    if (packet.cmd === 'publish') this.#take(socket, packet);
    if (packet.cmd === 'puback') this.acknowledgedIds.push(packet.messageId);
    if (packet.cmd === 'subscribe') {
      const { messageId = 0, subscriptions } = packet;
      this.subscribed.push(...subscriptions.map(({ topic }) => topic));
      const granted = subscriptions.map(() => this.subscriptionAnswer);
      writeToStream({ cmd: 'suback', messageId, granted }, socket, { protocolVersion: this.protocolVersion });
    }
  }

  #send(socket: Socket, publish: OwnPublish): void {
    const packet = { cmd: 'publish', qos: 1, dup: false, retain: false, ...publish } as const;
    writeToStream(packet, socket, { protocolVersion: this.protocolVersion });
  }

  #take(socket: Socket, packet: IPublishPacket): void {
    this.published.push(packet);
    const { messageId = 0 } = packet;
    if (this.answer === 'keep') this.#kept.push({ socket, messageId });
    else this.#acknowledge(socket, messageId, typeof this.answer === 'number' ? this.answer : this.answer(packet));
    this.mostInFlight = Math.max(this.mostInFlight, this.#kept.length);
  }

  #acknowledge(socket: Socket, messageId: number, reasonCode: number): void {
    const { acknowledgement: cmd, protocolVersion } = this;
    writeToStream({ cmd, messageId, reasonCode }, socket, { protocolVersion });
  }
}
