import { connectAsync, type MqttClient } from 'mqtt';

const TOPIC = 'honest/1';

/** Two clients that do nothing wrong: one counts, QoS 1, the other listens. Nothing that hostile clients do may cost them anything. */
export class HonestPair implements AsyncDisposable {
  readonly faults: string[] = [];
  readonly #publisher: MqttClient;
  readonly #subscriber: MqttClient;
  #sentCount = 0;
  #receivedCount = 0;
  #slowestMs = 0;
  #isEnding = false;

  private constructor(publisher: MqttClient, subscriber: MqttClient) {
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    for (const client of [publisher, subscriber])
      client.on('close', () => {
        if (!this.#isEnding) this.faults.push('an honest client lost its connection');
      });
    subscriber.on('message', (_topic, payload) => this.#receive(Number(payload)));
  }

  static async connect(
    port: number,
    login: { readonly username: string; readonly password: string },
  ): Promise<HonestPair> {
    const open = (clientId: string) =>
      connectAsync({ host: '127.0.0.1', port, clientId, ...login, reconnectPeriod: 0, keepalive: 60 });
    const pair = new HonestPair(await open('honest-publisher'), await open('honest-subscriber'));
    await pair.#subscriber.subscribeAsync(TOPIC, { qos: 1 });
    return pair;
  }

  get receivedCount(): number {
    return this.#receivedCount;
  }

  /** The longest that an acknowledgement took. */
  get slowestMs(): number {
    return this.#slowestMs;
  }

  /** Publishes the next number. @throws Error when it is not acknowledged in time */
  async publish(limitMs: number): Promise<void> {
    const startedMs = performance.now();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`an honest publish took more than ${limitMs} ms`)), limitMs);
    this.#sentCount++;
    try {
      await Promise.race([this.#publisher.publishAsync(TOPIC, `${this.#sentCount}`, { qos: 1 }), late.promise]);
    } finally {
      clearTimeout(timer);
    }
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedMs);
  }

  /** Whether all that was acknowledged has arrived. */
  get isComplete(): boolean {
    return this.#receivedCount === this.#sentCount;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await Promise.all([this.#publisher.endAsync(true), this.#subscriber.endAsync(true)]);
  }

  #receive(number: number): void {
    this.#receivedCount++;
    if (number !== this.#receivedCount) this.faults.push(`number ${number} came in place of ${this.#receivedCount}`);
  }
}
