import { connect, type MqttClient } from 'mqtt';
import { type Cancel, type Clock, repeat, wait } from '#firmware-sim/clock.ts';
import type { Ledger } from '#firmware-sim/ledger/ledger.ts';
import type { Vehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { SensorMemory } from './sensor-memory.ts';
import { composeTyreReading } from './tyre-reading.ts';

/** What the tyre monitor needs of its surroundings. */
export interface TyreSensorOptions {
  readonly brokerUrl: string;
  /** Also its client id, and its branch of the topic tree. */
  readonly username: string;
  readonly password: string;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly vehicle: Vehicle;
  readonly startedMs: number;
  readonly random: () => number;
  readonly memory?: SensorMemory;
}

/**
 * A tyre-pressure monitor that publishes with QoS 1. What is not acknowledged it keeps and sends again, in order, on its next
 * connection; MQTT.js reconnects and stores nothing here, for its own re-sending loses messages.
 */
export class TyreSensor implements AsyncDisposable {
  readonly #options: TyreSensorOptions;
  readonly #memory: SensorMemory;
  readonly #stopping = new AbortController();
  readonly #stopMeasuring: Cancel;
  readonly #running: Promise<void>;
  #client: MqttClient | undefined;
  #isConnected = false;
  #wakeDrained: () => void = () => {};

  constructor(options: TyreSensorOptions) {
    this.#options = options;
    this.#memory = options.memory ?? new SensorMemory();
    this.#stopMeasuring = repeat(options.clock, MEASURE_INTERVAL_MS, () => this.#measure());
    this.#running = this.#run();
  }

  get pendingCount(): number {
    return this.#memory.pendingCount;
  }

  get refusedCount(): number {
    return this.#memory.refusedCount;
  }

  /** Makes nothing new. Resolves when everything made is acknowledged. */
  async drain(): Promise<void> {
    this.#stopMeasuring();
    if (this.#memory.pendingCount === 0) return;
    await new Promise<void>((resolve) => {
      this.#wakeDrained = resolve;
    });
  }

  /** What is still pending is lost with the sensor: it has no flash. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopMeasuring();
    this.#stopping.abort();
    this.#client?.end(true);
    await this.#running;
    const [first] = this.#memory.pending;
    const last = this.#memory.pending.at(-1);
    if (first !== undefined && last !== undefined) this.#options.ledger.unheard('tyre-monitor', first.at, last.at);
  }

  #measure(): void {
    const { clock, ledger, startedMs, vehicle } = this.#options;
    if (!this.#memory.hasRoom()) return;
    const at = clock.nowMs();
    const count = ledger.lastCounter('tyre-monitor', '') + 1;
    const values = composeTyreReading(vehicle(at - startedMs), count);
    ledger.make('tyre-monitor', String(count), at, values);
    this.#memory.add({ count, at, payload: JSON.stringify(values) });
    this.#fillWindow();
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; attempt++) {
      if (await this.#connectOnce()) attempt = 0;
      const ceilingMs = Math.min(MAX_RETRY_DELAY_MS, FIRST_RETRY_DELAY_MS * 2 ** Math.min(attempt, 16));
      await wait(clock, random() * ceilingMs, signal);
    }
  }

  /** Resolves when the connection has ended. @returns whether it ever stood */
  #connectOnce(): Promise<boolean> {
    const { brokerUrl, password, username } = this.#options;
    const client = connect(brokerUrl, {
      clientId: username,
      username,
      password,
      protocolVersion: 4,
      clean: true,
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      queueQoSZero: false,
    });
    this.#client = client;
    return new Promise((resolve) => {
      let wasConnected = false;
      client.on('connect', () => {
        wasConnected = true;
        this.#isConnected = true;
        const again = this.#memory.beginConnection();
        if (again.length > 0) {
          this.#options.ledger.resent(
            'tyre-monitor',
            again.map(({ count }) => String(count)),
          );
        }
        this.#fillWindow();
      });
      // Every error ends the connection, and the end is what counts.
      client.on('error', () => client.end(true));
      client.on('close', () => {
        this.#isConnected = false;
        client.end(true, () => resolve(wasConnected));
      });
    });
  }

  #fillWindow(): void {
    const client = this.#client;
    if (client === undefined || !this.#isConnected) return;
    for (;;) {
      const message = this.#memory.takeNext(WINDOW_SIZE);
      if (message === undefined) return;
      const topic = `sensors/${this.#options.username}/pressure`;
      client.publish(topic, message.payload, { qos: 1 }, (error) => {
        if (error || this.#client !== client) return;
        this.#memory.acknowledge(message.count);
        if (this.#memory.pendingCount === 0) this.#wakeDrained();
        this.#fillWindow();
      });
    }
  }
}

const MEASURE_INTERVAL_MS = 1_000;
const WINDOW_SIZE = 16;
const KEEPALIVE_S = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_RETRY_DELAY_MS = 400;
const MAX_RETRY_DELAY_MS = 5_000;
