import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type PublishPacket } from 'aedes';

/** One publish as the hub took it, its CloudEvents envelope opened. */
export interface HubEvent {
  /** Topic at the hub: `<prefix>/<gateway>/<local topic>`. */
  readonly topic: string;
  /** Source and id of the envelope: the identity of the event for ever [D2]. */
  readonly id: string;
  readonly payload: Uint8Array;
  /** Of the envelope: `time` and its like, and the payload once more. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * A hub in the test's own process. It counts in `authorizePublish`, which sees every publish: a broker may hide from its
 * subscribers what it takes for a duplicate, and duplicates are what the tests are about.
 */
export class CountingHub implements AsyncDisposable {
  readonly #broker: Aedes;
  readonly #server: Server;
  readonly #isEnveloped: boolean;
  readonly #sockets = new Set<Socket>();
  readonly #events: HubEvent[] = [];
  readonly #firstById = new Map<string, HubEvent>();
  /** Whether logins are accepted. */
  isOpen = true;
  refusedLoginCount = 0;
  /** Violations of D2, which must stay empty: one id, two contents. */
  readonly contradictions: string[] = [];

  private constructor(broker: Aedes, server: Server, isEnveloped: boolean) {
    this.#broker = broker;
    this.#server = server;
    this.#isEnveloped = isEnveloped;
    broker.authenticate = (_client, _username, _password, done) => {
      if (!this.isOpen) this.refusedLoginCount++;
      if (!this.isOpen) return done(BAD_LOGIN, false);
      done(null, true);
    };
    broker.authorizePublish = (_client, packet, done) => {
      this.#take(packet);
      done(null);
    };
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      broker.handle(socket);
    });
  }

  /**
   * Listens on a free port of 127.0.0.1.
   *
   * @param options `isEnveloped: false` takes publishes of sensors as they are, each an event of its own
   */
  static async open(options: { readonly isEnveloped: boolean } = { isEnveloped: true }): Promise<CountingHub> {
    const server = createServer({ noDelay: true });
    const hub = new CountingHub(await Aedes.createBroker(), server, options.isEnveloped);
    await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
    return hub;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
    return address.port;
  }

  /** Everything that came, repeats included, in the order of arrival. */
  get events(): readonly HubEvent[] {
    return this.#events;
  }

  /** The first occurrence of each id, in the order of arrival. */
  get distinct(): readonly HubEvent[] {
    return [...this.#firstById.values()];
  }

  get distinctCount(): number {
    return this.#firstById.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    await new Promise<void>((resolve) => this.#broker.close(() => resolve()));
  }

  #take(packet: PublishPacket): void {
    const payload = Buffer.from(packet.payload);
    const event = this.#isEnveloped
      ? openEnvelope(packet.topic, payload)
      : { topic: packet.topic, id: String(this.#events.length), payload, attributes: {} };
    const first = this.#firstById.get(event.id);
    if (first !== undefined && (first.topic !== event.topic || !Buffer.from(first.payload).equals(event.payload))) {
      this.contradictions.push(`${event.id} came again with another topic or payload`);
    }
    this.#events.push(event);
    if (first === undefined) this.#firstById.set(event.id, event);
  }
}

/** The error that Aedes asks for, with the return code of its CONNACK. @see MQTT 3.1.1, table 3.1 */
const BAD_LOGIN = Object.assign(new Error('refused'), { returnCode: 4 as const });

/** @see CloudEvents JSON format 1.0, section 3.1: binary data travels as `data_base64` */
function openEnvelope(topic: string, bytes: Buffer): HubEvent {
  const envelope: unknown = JSON.parse(bytes.toString('utf8'));
  if (typeof envelope !== 'object' || envelope === null || !('id' in envelope) || !('source' in envelope)) {
    throw new Error(`The hub received no CloudEvent: ${bytes.toString('utf8', 0, 200)}`);
  }
  const binary = 'data_base64' in envelope ? envelope.data_base64 : undefined;
  const payload =
    typeof binary === 'string'
      ? Buffer.from(binary, 'base64')
      : Buffer.from(JSON.stringify('data' in envelope ? envelope.data : null));
  return { topic, id: `${envelope.source} ${envelope.id}`, payload, attributes: { ...envelope } };
}
