import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Progress } from '#gateway/cli/progress.ts';
import { loadSecret } from '#gateway/config/load-secret.ts';
import type { TimedRecord } from '#gateway/journal/journal-reader.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { EventRecord, Stamp } from '#gateway/model/message.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { parseHubUrl } from '#gateway/sinks/mqtt-hub/hub-socket.ts';
import type { MqttConnection } from '#gateway/sinks/mqtt-hub/mqtt-connection.ts';
import { openSession } from '#gateway/sinks/mqtt-hub/open-session.ts';
import { countSequences, readAll } from './export.ts';
import { formatTime } from './format-item.ts';
import { openSource, type SourceOptions } from './open-source.ts';
import { findRanges, type JournalItem, type Place } from './read-range.ts';
import { type PacePoint, paceOf } from './replay-pace.ts';

/** Options of `replay`. */
export interface ReplayOptions extends SourceOptions {
  readonly to: string;
  readonly speed: number;
  readonly stream?: string;
  readonly topic?: string;
  readonly from?: Place;
  readonly until?: Place;
  readonly prefix?: string;
  readonly username?: string;
  readonly passwordFile?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** What the broker may owe an acknowledgement for: enough to fill a link, little enough to stop soon. */
const MAX_IN_FLIGHT = 100;
/** A broker that acknowledges nothing for so long is given up. */
const ACKNOWLEDGE_TIMEOUT_MS = 10_000;

/** Publishes records until the end or SIGINT, and says how far it came. */
export async function replay(options: ReplayOptions): Promise<void> {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    await using source = await openSource(options);
    const { stream, from, until: to } = options;
    const selection = { ...(stream && { stream }), ...(from && { from }), ...(to && { to }) };
    const ranges = await findRanges(source.reader, selection, systemClock.wallMs());
    await using connection = await connect(options, stopped.signal);
    const progress = new Progress(process.stderr, systemClock, 'records', countSequences(ranges));
    const items = readAll(source.reader, ranges, options.topic, (count) => progress.add(count));
    const publisher = new PacedPublisher(connection, options);
    try {
      await publisher.publish(items, stopped.signal);
    } finally {
      progress.end();
      process.stderr.write(publisher.summary(stopped.signal.aborted));
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** MQTT 3.1.1, which every broker speaks. */
async function connect({ to, username, passwordFile }: ReplayOptions, signal: AbortSignal): Promise<MqttConnection> {
  const password = passwordFile === undefined ? {} : { password: await loadSecret({ file: passwordFile }) };
  const login = { ...(username === undefined ? {} : { username }), ...password };
  const session = {
    what: `the broker at ${to}`,
    clientId: `waystation-replay-${randomBytes(4).toString('hex')}`,
    protocol: '3.1.1' as const,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    maxPacketBytes: Number.POSITIVE_INFINITY,
    clock: systemClock,
    ...login,
  };
  try {
    return await openSession(parseHubUrl(to), {}, session, signal);
  } catch (error) {
    // The remedies of a sink speak of its configuration.
    if (!(error instanceof WaystationError) || error.code !== 'hub.refused') throw error;
    throw new WaystationError('replay.refused', error.message, { cause: error });
  }
}

/** Sends at the recorded pace, and no faster than the broker acknowledges. */
class PacedPublisher {
  readonly #connection: MqttConnection;
  readonly #options: ReplayOptions;
  #first: PacePoint | undefined;
  #inFlightCount = 0;
  #acknowledgedCount = 0;
  #lostCount = 0;
  #lastSent: TimedRecord | undefined;
  #failure: WaystationError | undefined;
  #wake = () => {};

  constructor(connection: MqttConnection, options: ReplayOptions) {
    this.#connection = connection;
    this.#options = options;
    void connection.closed.then((reason) => this.#fail(reason));
  }

  /** @throws WaystationError `hub.unreachable`, `hub.timeout`, or with what the broker says of a record */
  async publish(items: AsyncIterable<JournalItem>, signal: AbortSignal): Promise<void> {
    for await (const item of items) {
      if ('lost' in item) {
        this.#lostCount += item.lost.to - item.lost.from + 1;
        continue;
      }
      await this.#waitUntilDue(item.record.stamp, signal);
      await this.#untilInFlight(MAX_IN_FLIGHT - 1);
      if (signal.aborted) break;
      this.#send(item.record);
      this.#lastSent = item;
    }
    await this.#untilInFlight(0);
  }

  summary(isStopped: boolean): string {
    const lost = this.#lostCount === 0 ? '' : `; ${this.#lostCount} in between are lost`;
    const done = `${this.#acknowledgedCount} records published to ${this.#options.to}${lost}`;
    if (!isStopped || this.#lastSent === undefined) return `${done}\n`;
    const { stream, sequence } = this.#lastSent;
    return `stopped: ${done}; the last was ${stream} ${sequence}, of ${formatTime(this.#lastSent.time)}\n`;
  }

  async #waitUntilDue(stamp: Stamp, signal: AbortSignal): Promise<void> {
    const nowMs = systemClock.monotonicMs();
    const { first, dueMs } = paceOf(this.#first, stamp, nowMs, this.#options.speed);
    this.#first = first;
    // Not the clock of the gateway: its timers keep no process alive.
    if (dueMs > nowMs) await sleep(dueMs - nowMs, undefined, { signal }).catch(() => undefined);
  }

  #send({ topic, payload }: EventRecord): void {
    const { prefix } = this.#options;
    const packet = {
      topic: prefix === undefined ? topic : `${prefix.replace(/\/$/, '')}/${topic}`,
      payload: Buffer.from(payload.buffer, payload.byteOffset, payload.length),
      sizeBytes: payload.length,
    };
    this.#inFlightCount++;
    void this.#connection.send([packet]).then((outcome) => {
      if (outcome.kind !== 'accepted') return this.#fail(outcome.error);
      this.#inFlightCount--;
      this.#acknowledgedCount++;
      this.#wake();
    });
  }

  async #untilInFlight(count: number): Promise<void> {
    while (this.#failure === undefined && this.#inFlightCount > count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const cancel = systemClock.schedule(ACKNOWLEDGE_TIMEOUT_MS, () => this.#fail(this.#lateError()));
      await promise;
      cancel();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #lateError(): WaystationError {
    const found = `no acknowledgement within ${ACKNOWLEDGE_TIMEOUT_MS / 1000} s`;
    return new WaystationError('hub.timeout', `Publishing to ${this.#options.to}: ${found}.`);
  }

  #fail(reason: WaystationError): void {
    this.#failure ??= reason;
    this.#wake();
  }
}
