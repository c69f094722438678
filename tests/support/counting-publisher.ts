import { createHash } from 'node:crypto';
import { connect as dial, type Socket } from 'node:net';
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import { until } from './until.ts';

/** Who publishes, where, and how fast. */
export interface PublisherOptions {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly clientId: string;
  /** Taken in turn: counter 1 goes to the first. */
  readonly topics: readonly string[];
  /** Publishes in flight at once. */
  readonly windowSize: number;
  /** So many bytes that nobody can compress go with each counter. */
  readonly paddingBytes?: number;
  /** What a payload says beside its counter. */
  readonly valuesOf?: (counter: number) => Readonly<Record<string, unknown>>;
}

/** Between what moments a publish was accepted, in milliseconds of `performance.now()`. */
export interface AcceptedWithin {
  /** When it was sent for the first time. */
  readonly sentMs: number;
  readonly acknowledgedMs: number;
}

/** What a {@link CountingPublisher} sends. */
export interface CountedPayload {
  readonly client: string;
  readonly counter: number;
  readonly padding?: string;
}

const RECONNECT_MS = 25;

/**
 * An MQTT client with a counter in every payload, QoS 1, written on the packet codec alone, so that nothing is between the
 * test and the wire. It does what MQTT asks of a client: after a reconnect it sends again, in order, with DUP and the same
 * packet ids, what was not acknowledged [MQTT-4.4.0-1].
 */
export class CountingPublisher implements AsyncDisposable {
  readonly #options: PublisherOptions;
  /** Sent and not acknowledged, in the order of sending. */
  readonly #pending = new Map<number, Pending>();
  /** By counter, from 1 on. */
  readonly #sentMs: number[] = [];
  readonly #acknowledgedMs: number[] = [];
  readonly #interrupted = new Set<number>();
  #socket: Socket | undefined;
  #isOnline = false;
  #isMaking = true;
  #isClosed = false;
  #counter = 0;
  #packetId = 0;
  #acknowledgedCount = 0;
  #limit = Infinity;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Connects, publishes, and reconnects for ever, until stopped. */
  start(): void {
    this.#connect();
  }

  get clientId(): string {
    return this.#options.clientId;
  }

  get acknowledgedCount(): number {
    return this.#acknowledgedCount;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  get madeCount(): number {
    return this.#counter;
  }

  /** Whether the broker has taken the login and the connection still stands. */
  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** Makes so many, and then no more until this is raised; without it, until {@link CountingPublisher.finish}. */
  set limit(count: number) {
    this.#limit = count;
    if (this.#isOnline) this.#fill();
  }

  /** Counters that were unacknowledged when a connection ended: only these may be at the hub under two ids. */
  get interruptedCounters(): ReadonlySet<number> {
    return this.#interrupted;
  }

  /** @returns up to `Infinity` for what is not acknowledged */
  acceptedWithin(counter: number): AcceptedWithin {
    return { sentMs: this.#sentMs[counter] ?? 0, acknowledgedMs: this.#acknowledgedMs[counter] ?? Infinity };
  }

  /** Makes no more, and waits until everything made is acknowledged. */
  async finish(limitMs: number): Promise<void> {
    this.#isMaking = false;
    await until(`${this.clientId} has no publish unacknowledged`, limitMs, () => this.#pending.size === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#socket?.destroy();
    await until(`${this.clientId} is disconnected`, 5_000, () => this.#socket === undefined);
  }

  #connect(): void {
    if (this.#isClosed) return;
    const socket = dial({ port: this.#options.port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    const packets = parser({ protocolVersion: 4 });
    packets.on('packet', (packet) => this.#receive(packet));
    socket.on('data', (chunk) => packets.parse(chunk));
    // What goes wrong ends in 'close', and there is only one answer to it.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#socket = undefined;
      this.#isOnline = false;
      for (const { counter } of this.#pending.values()) this.#interrupted.add(counter);
      setTimeout(() => this.#connect(), RECONNECT_MS);
    });
    const { clientId, username, password } = this.#options;
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: false,
      keepalive: 60,
      clientId,
      username,
      password: Buffer.from(password),
    });
  }

  #receive(packet: Packet): void {
    if (packet.cmd === 'connack') {
      this.#isOnline = true;
      for (const { packet } of this.#pending.values()) this.#send({ ...packet, dup: true });
      this.#fill();
    }
    if (packet.cmd !== 'puback') return;
    const acknowledged = this.#pending.get(packet.messageId ?? 0);
    if (acknowledged !== undefined && this.#pending.delete(packet.messageId ?? 0)) {
      this.#acknowledgedMs[acknowledged.counter] = performance.now();
      this.#acknowledgedCount++;
      this.#fill();
    }
  }

  #fill(): void {
    const { topics, windowSize, clientId, paddingBytes = 0, valuesOf = noValues } = this.#options;
    while (this.#isMaking && this.#counter < this.#limit && this.#pending.size < windowSize) {
      const counter = ++this.#counter;
      const padding = paddingBytes === 0 ? {} : { padding: incompressible(counter, paddingBytes) };
      const payload: CountedPayload = { client: clientId, counter, ...valuesOf(counter), ...padding };
      this.#packetId = (this.#packetId % 65_535) + 1;
      const packet: IPublishPacket = {
        cmd: 'publish',
        topic: topics[(this.#counter - 1) % topics.length] ?? '',
        payload: JSON.stringify(payload),
        qos: 1,
        dup: false,
        retain: false,
        messageId: this.#packetId,
      };
      this.#pending.set(this.#packetId, { counter, packet });
      this.#sentMs[counter] = performance.now();
      this.#send(packet);
    }
  }

  #send(packet: Packet): void {
    this.#socket?.write(generate(packet));
  }
}

interface Pending {
  readonly counter: number;
  readonly packet: IPublishPacket;
}

function noValues(): Readonly<Record<string, unknown>> {
  return {};
}

/** Reads a payload back. */
export function parseCounted(text: string): CountedPayload {
  const value: Partial<CountedPayload> = JSON.parse(text);
  return { client: value.client ?? '?', counter: value.counter ?? 0 };
}

/** The same for the same counter. */
function incompressible(counter: number, sizeBytes: number): string {
  return createHash('shake256', { outputLength: sizeBytes }).update(String(counter)).digest('base64');
}
