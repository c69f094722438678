import { connect, type MqttClient } from 'mqtt';
import { until } from './until.ts';

/** Where the clients of a {@link SessionLoad} log in. */
export interface SessionLoadOptions {
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** Publishes in flight of one publisher. */
const WINDOW_SIZE = 10;
const RECONNECT_MS = 25;
/** One in so many is retained. */
const RETAINED_EVERY = 5;

/**
 * Publishers and subscribers with persistent sessions, as applications have them: MQTT.js with its own store, which sends again
 * what was not acknowledged. Each publisher has one QoS and one folder of topics, in a stream of the journal or in none.
 */
export class SessionLoad implements AsyncDisposable {
  readonly publishers: readonly SessionPublisher[];
  readonly subscribers: readonly SessionSubscriber[];
  readonly #options: SessionLoadOptions;

  constructor(options: SessionLoadOptions) {
    this.#options = options;
    this.publishers = [
      new SessionPublisher(options, 'pub-journaled-1', 'sensors', 1),
      new SessionPublisher(options, 'pub-journaled-2', 'sensors', 2),
      new SessionPublisher(options, 'pub-passing-1', 'chat', 1),
      new SessionPublisher(options, 'pub-passing-2', 'chat', 2),
    ];
    this.subscribers = [new SessionSubscriber(options, 'sub-1', 1), new SessionSubscriber(options, 'sub-2', 2)];
  }

  /** Subscribes, and then publishes until {@link SessionLoad.finish}. */
  async start(): Promise<void> {
    for (const subscriber of this.subscribers) await subscriber.start();
    for (const publisher of this.publishers) publisher.start();
  }

  get acknowledgedCount(): number {
    return this.publishers.reduce((sum, { acknowledgedCount }) => sum + acknowledgedCount, 0);
  }

  /** Publishes nothing more, and waits until all is acknowledged and delivered, or at least has stopped coming. */
  async finish(limitMs: number): Promise<void> {
    for (const publisher of this.publishers) publisher.isMaking = false;
    await until('every publish is acknowledged', limitMs, () =>
      this.publishers.every(({ openCount }) => openCount === 0),
    );
    for (const subscriber of this.subscribers) {
      const isThere = () => this.publishers.every(({ name, madeCount }) => subscriber.has(name, madeCount));
      await until(`${subscriber.name} has the last messages`, limitMs, isThere);
    }
  }

  /** What went wrong, one line each; to be empty. Call when it is finished. */
  async violations(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { name, qos, madeCount } of this.publishers) {
      for (const subscriber of this.subscribers) {
        const isOnce = qos === 2 && subscriber.qos === 2;
        for (let counter = 1; counter <= madeCount; counter++) {
          const count = subscriber.countOf(name, counter);
          if (count === 0) found.push(`${subscriber.name} never got ${counter} of ${name}`);
          if (isOnce && count > 1) found.push(`${subscriber.name} got ${counter} of ${name} ${count} times with QoS 2`);
        }
        if (isOnce && !subscriber.isInOrder(name)) found.push(`${subscriber.name} got ${name} out of order`);
      }
    }
    return [...found, ...(await this.#wrongRetained())];
  }

  /** How often a QoS 1 message came again. */
  get repeatCount(): number {
    return this.subscribers.reduce((sum, { repeatCount }) => sum + repeatCount, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of [...this.publishers, ...this.subscribers]) await client[Symbol.asyncDispose]();
  }

  async #wrongRetained(): Promise<readonly string[]> {
    const client = dial(this.#options, 'late', true);
    const retained = new Map<string, string>();
    client.on('message', (topic, payload) => retained.set(topic, payload.toString()));
    try {
      await subscribe(client, ['+/+/last'], 1);
      const expected = this.publishers.filter(({ lastRetained }) => lastRetained > 0);
      await until('the retained messages have come', 5_000, () => retained.size >= expected.length).catch(
        () => undefined,
      );
      return expected.flatMap(({ name, lastTopic, lastRetained }) => {
        const got = retained.get(lastTopic);
        return got === `${name} ${lastRetained}` ? [] : [`retained on ${lastTopic} is ${got}, not ${lastRetained}`];
      });
    } finally {
      await client.endAsync(true);
    }
  }
}

/** Counts up, with a window of publishes in flight. */
class SessionPublisher implements AsyncDisposable {
  isMaking = true;
  madeCount = 0;
  acknowledgedCount = 0;
  lastRetained = 0;
  readonly name: string;
  readonly qos: 1 | 2;
  readonly #folder: string;
  readonly #options: SessionLoadOptions;
  #client: MqttClient | undefined;
  /** What it was not answered has been sent again: MQTT.js forgets what it is given before that, where the connection breaks once more. */
  #isReady = false;

  constructor(options: SessionLoadOptions, name: string, folder: string, qos: 1 | 2) {
    this.name = name;
    this.qos = qos;
    this.#folder = folder;
    this.#options = options;
  }

  get openCount(): number {
    return this.madeCount - this.acknowledgedCount;
  }

  get lastTopic(): string {
    return `${this.#folder}/${this.name}/last`;
  }

  start(): void {
    const client = dial(this.#options, this.name, false);
    this.#client = client;
    client.on('connect', () => {
      this.#isReady = true;
      this.#fill(client);
    });
    client.on('close', () => {
      this.#isReady = false;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.endAsync(true);
  }

  #fill(client: MqttClient): void {
    while (this.isMaking && this.#isReady && this.openCount < WINDOW_SIZE) {
      const counter = ++this.madeCount;
      const retain = counter % RETAINED_EVERY === 0;
      if (retain) this.lastRetained = counter;
      const topic = retain ? this.lastTopic : `${this.#folder}/${this.name}/count`;
      client.publish(topic, `${this.name} ${counter}`, { qos: this.qos, retain }, (error) => {
        if (error) return;
        this.acknowledgedCount++;
        this.#fill(client);
      });
    }
  }
}

/** Counts what it gets. */
class SessionSubscriber implements AsyncDisposable {
  repeatCount = 0;
  readonly name: string;
  readonly qos: 1 | 2;
  readonly #options: SessionLoadOptions;
  readonly #counts = new Map<string, number>();
  readonly #orders = new Map<string, number[]>();
  #client: MqttClient | undefined;

  constructor(options: SessionLoadOptions, name: string, qos: 1 | 2) {
    this.name = name;
    this.qos = qos;
    this.#options = options;
  }

  async start(): Promise<void> {
    const client = dial(this.#options, this.name, false);
    this.#client = client;
    client.on('message', (_topic, payload) => this.#take(payload.toString()));
    await subscribe(client, ['sensors/#', 'chat/#'], this.qos);
  }

  has(publisher: string, counter: number): boolean {
    return this.countOf(publisher, counter) > 0;
  }

  countOf(publisher: string, counter: number): number {
    return this.#counts.get(`${publisher} ${counter}`) ?? 0;
  }

  isInOrder(publisher: string): boolean {
    const order = this.#orders.get(publisher) ?? [];
    return order.every((counter, index) => index === 0 || counter > (order[index - 1] ?? 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.endAsync(true);
  }

  #take(text: string): void {
    const count = (this.#counts.get(text) ?? 0) + 1;
    this.#counts.set(text, count);
    if (count > 1) this.repeatCount++;
    const [publisher = '', counter] = text.split(' ');
    const order = this.#orders.get(publisher) ?? [];
    this.#orders.set(publisher, order);
    order.push(Number(counter));
  }
}

/** A connection may break before SUBACK, and MQTT.js does not ask again. */
async function subscribe(client: MqttClient, filters: string[], qos: 1 | 2): Promise<void> {
  const granted = () =>
    client.subscribeAsync(filters, { qos }).then(
      () => true,
      () => false,
    );
  await until(`${client.options.clientId} has subscribed`, 20_000, granted);
}

function dial({ port, username, password }: SessionLoadOptions, clientId: string, clean: boolean): MqttClient {
  const client = connect({
    ...{ host: '127.0.0.1', port, username, password, clientId, clean, protocolVersion: 4 },
    ...{ reconnectPeriod: RECONNECT_MS, connectTimeout: 10_000, keepalive: 60, resubscribe: false },
  });
  // What goes wrong ends in another attempt.
  client.on('error', () => {});
  return client;
}
