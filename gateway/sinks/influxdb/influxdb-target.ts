/**
 * InfluxDB as a target of the delivery loop: one point per event, in batches over HTTP, through the write API of 1.x, 2.x or 3.x.
 *
 * It never retries, buffers or creates a database: the first two are the delivery loop's, the last is a person's. Start reading
 * at `compose-point.ts` for what is written, at `influxdb-connection.ts` for how, at `write-outcome.ts` for what answers mean.
 */
import { WaystationError } from '#gateway/model/errors.ts';
import type { Grant, OutgoingEvent, Target } from '#gateway/sinks/delivery/target.ts';
import { composePoint, type PointFormat, pointBytes } from './compose-point.ts';
import type { InfluxEndpoint } from './influx-endpoint.ts';
import type { InfluxWriter } from './influx-writer.ts';
import { InfluxdbConnection, type PointPacket } from './influxdb-connection.ts';
import { NativeInfluxWriter } from './native-influx-writer.ts';
import { NpmInfluxWriter } from './npm-influx-writer.ts';
import { ServerFaults } from './server-faults.ts';

/** What it takes to write to an InfluxDB. */
export interface InfluxdbTargetOptions {
  readonly endpoint: InfluxEndpoint;
  /** The `influx` package, which speaks to 1.x alone, or the own writer. */
  readonly writer: 'package' | 'native';
  readonly format: PointFormat;
  readonly batch: BatchLimits;
  /** What the database keeps: older events are not sent. Absent, the database is asked. */
  readonly retentionMs?: number | undefined;
}

/** One request holds at most so much. */
export interface BatchLimits {
  /** At most `MAX_BATCH_EVENTS`. */
  readonly maxEvents: number;
  /** At least {@link MIN_BATCH_BYTES}, so that every point fits. */
  readonly maxBytes: number;
}

/** The largest point: its fields, its tags percent-encoded, and some room. */
export const MIN_BATCH_BYTES = 128 * 1024;
/** What an event without trusted time counts, which is never sent. */
const UNTIMED_BYTES = 1024;

/** See the head of this file. */
export class InfluxdbTarget implements Target<PointPacket> {
  readonly type = 'influxdb';
  readonly #options: InfluxdbTargetOptions;
  readonly #grant: Grant;
  readonly #faults = new ServerFaults();

  constructor(options: InfluxdbTargetOptions) {
    this.#options = options;
    const { maxEvents, maxBytes } = options.batch;
    this.#grant = { maxInFlightSends: 1, maxEventsPerSend: maxEvents, maxPacketBytes: maxBytes };
  }

  prepare(event: OutgoingEvent): PointPacket {
    const { stored, accepted } = event;
    const point = composePoint(this.#options.format, event);
    if (point !== undefined) return { stored, point, sizeBytes: pointBytes(point) };
    return { stored, mayBeTimed: accepted.basis === 'unknown', sizeBytes: UNTIMED_BYTES };
  }

  /** Asks with an empty write whether the server is there, knows the database and lets us in. */
  async connect(signal: AbortSignal): Promise<InfluxdbConnection> {
    const writer = this.#openWriter();
    const answer = await writer.write([], signal);
    // That the server is there says nothing of its writes: only those end a row of faults.
    const outcome = answer.kind === 'fault' ? this.#faults.judge(answer) : answer;
    if (outcome.kind === 'retry' || outcome.kind === 'pause' || outcome.kind === 'fault') {
      writer[Symbol.dispose]();
      throw outcome.kind === 'fault' ? new WaystationError('influxdb.unavailable', outcome.reason) : outcome.error;
    }
    // Some servers refuse an empty write as such: they are there, and let us in.
    const { retentionMs } = this.#options;
    return new InfluxdbConnection({ writer, grant: this.#grant, retentionMs, faults: this.#faults });
  }

  #openWriter(): InfluxWriter {
    const { endpoint, writer } = this.#options;
    return writer === 'package' && endpoint.version === 1
      ? new NpmInfluxWriter(endpoint)
      : new NativeInfluxWriter(endpoint);
  }
}
