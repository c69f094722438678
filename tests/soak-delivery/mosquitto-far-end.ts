import { connect, type MqttClient } from 'mqtt';
import { Mosquitto } from '#tests/support/mosquitto.ts';
import { until } from '#tests/support/until.ts';
import type { Arrival } from './arrival.ts';
import type { ClientPublish } from './client-packet.ts';
import { type Branch, type FarEnd, openIn } from './far-end.ts';

/** As `hubSink` has it. */
const LOGIN = { username: 'test-truck', password: 'hub password for tests' };
/** Without a message for so long, Mosquitto has passed everything on. */
const QUIET_MS = 300;

/** A Mosquitto, and a subscriber that notes what it passes on. It cannot tell the connections apart. */
export class MosquittoFarEnd implements FarEnd {
  readonly port: number;
  readonly #broker: Mosquitto;
  readonly #subscriber: MqttClient;
  readonly #publishes: ClientPublish[] = [];
  #lastMs = 0;

  private constructor(broker: Mosquitto, subscriber: MqttClient) {
    this.port = broker.port;
    this.#broker = broker;
    this.#subscriber = subscriber;
    subscriber.on('message', (topic, payload, { properties }) => {
      this.#lastMs = performance.now();
      const userProperties = Object.fromEntries(Object.entries({ ...properties?.userProperties }).map(asText));
      const publish = { kind: 'publish', packetId: 1, qos: 1, isDuplicate: false, isRetained: false } as const;
      this.#publishes.push({ ...publish, topic, payload, userProperties });
    });
  }

  static async start(folder: string): Promise<MosquittoFarEnd> {
    const lines = ['max_queued_messages 0', 'max_inflight_messages 1000', 'set_tcp_nodelay true'];
    const broker = await Mosquitto.start(folder, LOGIN, lines);
    const subscriber = connect(broker.url, { ...LOGIN, protocolVersion: 5, reconnectPeriod: 0 });
    const farEnd = new MosquittoFarEnd(broker, subscriber);
    await subscriber.subscribeAsync('#', { qos: 1 });
    return farEnd;
  }

  restart(): Promise<void> {
    return Promise.reject(new Error('What Mosquitto has acknowledged and not passed on dies with it.'));
  }

  async arrivals(branch: Branch) {
    await until('everything is passed on', 10_000, () => performance.now() - this.#lastMs > QUIET_MS);
    const arrivals: Arrival[] = [];
    const wrong: string[] = [];
    for (const publish of this.#publishes) {
      try {
        arrivals.push(...openIn(branch, publish, 0));
      } catch (error) {
        wrong.push(`There came no event: ${String(error)}`);
      }
    }
    return { arrivals, wrong };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subscriber.endAsync(true);
    await this.#broker[Symbol.asyncDispose]();
  }
}

function asText([name, value]: readonly [string, unknown]): readonly [string, string] {
  return [name, String(value)];
}
