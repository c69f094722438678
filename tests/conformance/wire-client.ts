import { PacketFramer } from '#gateway/broker/packet-framer.ts';
import { RawClient } from '#gateway/broker/testing/raw-client.ts';
import { type ConnectFields, connect, PINGREQ, puback, pubcomp, pubrec, pubrel } from './client-packets.ts';
import { readServerPacket, type ServerPacket } from './server-packet.ts';

/** A client that sends the bytes it is told and reads what comes packet by packet, strictly. */
export class WireClient implements Disposable {
  readonly #client: RawClient;
  readonly #framer = new PacketFramer(MAX_PACKET_BYTES);
  /** Arrived and not taken yet. */
  readonly #packets: ServerPacket[] = [];
  #failure: Error | undefined;

  constructor(client: RawClient) {
    this.#client = client;
    client.socket.prependListener('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** A TCP connection; nothing has been sent. */
  static async open(port: number): Promise<WireClient> {
    return new WireClient(await RawClient.open(port));
  }

  /** A client that is logged in; its CONNACK has been taken. */
  static async connect(port: number, fields: ConnectFields = {}): Promise<WireClient> {
    const client = await WireClient.open(port);
    client.send(connect(fields));
    const answer = await client.line();
    if (!answer.startsWith('CONNACK 0')) throw new Error(`expected to be let in, got ${answer}`);
    return client;
  }

  /** In one chunk. */
  send(...packets: readonly Buffer[]): void {
    this.#client.sendBytes(Buffer.concat(packets));
  }

  /** The next packet. @throws Error the connection ended before one came */
  async next(): Promise<ServerPacket> {
    await this.#until(() => this.#packets.length > 0 || this.#client.isClosed);
    const packet = this.#packets.shift();
    if (packet === undefined) throw new Error('the broker closed the connection');
    return packet;
  }

  /** The next packet as text, or `closed`. */
  async line(): Promise<string> {
    await this.#until(() => this.#packets.length > 0 || this.#client.isClosed);
    return this.#packets.shift()?.text ?? 'closed';
  }

  /** As many messages, each acknowledged as its QoS asks; what else comes meanwhile is an error. */
  async receive(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) {
      const { text, message } = await this.next();
      if (message === undefined) throw new Error(`expected a message, got ${text}`);
      texts.push(text);
      if (message.qos === 1) this.send(puback(message.id));
      if (message.qos === 2) await this.exchange(pubrec(message.id), `PUBREL ${message.id}`, pubcomp(message.id));
    }
    return texts;
  }

  /** Sends, takes the answer that must come among messages that may, and sends again. */
  async exchange(request: Buffer, answer: string, reply?: Buffer): Promise<void> {
    this.send(request);
    await this.#until(() => this.#packets.some(({ text }) => text === answer) || this.#client.isClosed);
    const index = this.#packets.findIndex(({ text }) => text === answer);
    if (index < 0) throw new Error(`the broker closed the connection instead of ${answer}`);
    this.#packets.splice(index, 1);
    if (reply !== undefined) this.send(reply);
  }

  /** All that has come after two round trips, without what they were made of. */
  async rest(): Promise<string[]> {
    for (const _trip of [1, 2]) await this.exchange(PINGREQ, 'PINGRESP');
    return this.#packets.splice(0).map(({ text }) => text);
  }

  /** What still came before the broker closed the connection. */
  async closed(): Promise<string[]> {
    await this.#until(() => this.#client.isClosed);
    return this.#packets.splice(0).map(({ text }) => text);
  }

  get isClosed(): boolean {
    return this.#client.isClosed;
  }

  /** Publishes with QoS 1 or 2 and sees the exchange through. */
  async deliver(bytes: Buffer, qos: 1 | 2, id: number): Promise<void> {
    if (qos === 1) return await this.exchange(bytes, `PUBACK ${id}`);
    await this.exchange(bytes, `PUBREC ${id}`, pubrel(id));
    await this.exchange(Buffer.alloc(0), `PUBCOMP ${id}`);
  }

  /** Breaks the connection off as a network does. */
  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }

  async #until(condition: () => boolean): Promise<void> {
    await this.#client.until(() => this.#failure !== undefined || condition());
    if (this.#failure !== undefined) throw this.#failure;
  }

  #read(chunk: Buffer): void {
    const framed = this.#framer.push(chunk, 1);
    if (!framed.isFramed) {
      this.#failure = new Error(`the broker sent what is no packet: ${framed.reason}`);
      return;
    }
    try {
      this.#packets.push(...framed.whole.map(readServerPacket));
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    if (framed.rest.length > 0) this.#read(framed.rest);
  }
}

const MAX_PACKET_BYTES = 2 ** 20;
