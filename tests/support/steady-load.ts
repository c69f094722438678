import { createConnection } from 'node:net';
import { MqttClient } from 'mqtt';
import { until } from './until.ts';

/** What a {@link SteadyLoad} publishes, where, and how often. */
export interface SteadyLoadOptions {
  readonly port: number;
  /** May publish on the topic and subscribe to it. */
  readonly username: string;
  readonly password: string;
  readonly topic: string;
  readonly perSecond: number;
}

const TURN_MS = 10;

/** Publishes counted messages at a steady rate, QoS 1, and listens to itself: what it hears says how long the broker took. */
export class SteadyLoad implements AsyncDisposable {
  readonly #options: SteadyLoadOptions;
  readonly #client: MqttClient;
  readonly #latenciesMs: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sentCount = 0;
  #acknowledgedCount = 0;

  constructor(options: SteadyLoadOptions) {
    const { port, username, password } = options;
    this.#options = options;
    // Without noDelay the client's own acknowledgements wait for the kernel's, 40 ms each, and that would be measured.
    const dial = () => createConnection({ host: '127.0.0.1', port, noDelay: true });
    this.#client = new MqttClient(dial, { username, password, reconnectPeriod: 0 });
  }

  /** Subscribes, then publishes until {@link finish}. */
  async start(): Promise<void> {
    const { topic, perSecond } = this.#options;
    this.#client.on('message', (_, payload) => {
      const { sentMs }: { sentMs: number } = JSON.parse(payload.toString());
      this.#latenciesMs.push(performance.now() - sentMs);
    });
    await this.#client.subscribeAsync(topic, { qos: 1 });
    const startMs = performance.now();
    this.#timer = setInterval(() => {
      // What a late turn left out is made up for: the rate is kept over the whole run.
      const dueCount = Math.floor(((performance.now() - startMs) * perSecond) / 1000);
      while (this.#sentCount < dueCount) this.#publish();
    }, TURN_MS);
  }

  get sentCount(): number {
    return this.#sentCount;
  }

  get heardCount(): number {
    return this.#latenciesMs.length;
  }

  /** Stops, and waits until everything is acknowledged and heard. */
  async finish(limitMs: number): Promise<void> {
    clearInterval(this.#timer);
    await until('everything is acknowledged and heard', limitMs, () => {
      return this.#acknowledgedCount === this.#sentCount && this.heardCount >= this.#sentCount;
    });
  }

  /**
   * From the publish to its return, over the messages heard from `fromIndex` up to `endIndex`.
   *
   * @param share 0.99 for the latency that all but one in a hundred stay below
   */
  latencyMs(share: number, fromIndex = 0, endIndex = this.heardCount): number {
    const sorted = this.#latenciesMs.slice(fromIndex, endIndex).toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.endAsync(true);
  }

  #publish(): void {
    this.#sentCount += 1;
    const payload = JSON.stringify({ counter: this.#sentCount, sentMs: performance.now() });
    this.#client.publish(this.#options.topic, payload, { qos: 1 }, (error) => {
      if (error === undefined || error === null) this.#acknowledgedCount += 1;
    });
  }
}
