import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { Aedes } from 'aedes';
import type { StreamId } from '#gateway/model/message.ts';

/** One structured event as the hub took it. */
interface Received {
  readonly id: string;
  readonly sequence: number;
  readonly prev: string;
  readonly bytes: string;
}

/** A stock broker for MQTT 3.1.1 that notes what it took: at its publish hook, where nothing is hidden. */
export class CountingHub implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly topics = new Set<string>();
  /** The only one that it accepts, if any. */
  password: string | undefined;
  readonly #broker: Aedes;
  readonly #server: Server;

  private constructor(broker: Aedes, server: Server) {
    this.#broker = broker;
    this.#server = server;
  }

  /**
   * @param password see {@link CountingHub.password}
   * @param tls makes it speak TLS
   */
  static async open(password?: string, tls?: TlsOptions): Promise<CountingHub> {
    const broker = await Aedes.createBroker();
    const serve = (socket: Socket) => void broker.handle(socket);
    const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
    const hub = new CountingHub(broker, server);
    hub.password = password;
    broker.authenticate = (_client, _username, given, done) => {
      if (hub.password === undefined || String(given) === hub.password) done(null, true);
      // Aedes reads the CONNACK code from the error: 4 is a bad user name or password.
      else done(Object.assign(new Error('wrong login'), { returnCode: 4 as const }), false);
    };
    broker.on('publish', (packet, client) => {
      if (client !== null) hub.#note(packet.topic, String(packet.payload));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return hub;
  }

  get port(): number {
    // A TCP server that listens has an address of this kind.
    return (this.#server.address() as AddressInfo).port;
  }

  /** What arrived of one stream, in order, repeats included. */
  of(stream: StreamId): readonly Received[] {
    return this.received.filter(({ id }) => id.startsWith(`${stream}/`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#broker.close(resolve));
    this.#server.close();
  }

  #note(topic: string, bytes: string): void {
    const { id, prev } = JSON.parse(bytes);
    this.topics.add(topic);
    this.received.push({ id, prev, bytes, sequence: Number(id.split('/')[2]) });
  }
}
