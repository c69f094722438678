/**
 * InfluxDB as a target of the delivery loop: one point per event, in batches over HTTP, through the `/write` of 1.x.
 *
 * It never retries, buffers or creates a database: the first two are the delivery loop's, the last is a person's. Start reading
 * at `compose-point.ts` for what is written, at `influxdb-connection.ts` for how.
 */
import type { Logger } from '#gateway/runtime/logger.ts';
import type { Grant, OutgoingEvent, Target } from '#gateway/sinks/delivery/target.ts';
import { composePoint, pointBytes } from './compose-point.ts';
import { InfluxdbConnection, type PointPacket } from './influxdb-connection.ts';
import { type InfluxServer, NpmInfluxWriter } from './npm-influx-writer.ts';

/** What it takes to write to an InfluxDB. */
export interface InfluxdbTargetOptions {
  readonly server: InfluxServer;
  /** The display name: the tag `gateway`. */
  readonly gatewayId: string;
  readonly batch: BatchLimits;
  readonly logger: Logger;
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
/** What an event without trusted time counts: the refusal in its place. */
const UNTIMED_BYTES = 1024;

/** See the head of this file. */
export class InfluxdbTarget implements Target<PointPacket> {
  readonly type = 'influxdb';
  readonly #options: InfluxdbTargetOptions;
  readonly #grant: Grant;

  constructor(options: InfluxdbTargetOptions) {
    this.#options = options;
    const { maxEvents, maxBytes } = options.batch;
    this.#grant = { maxInFlightSends: 1, maxEventsPerSend: maxEvents, maxPacketBytes: maxBytes };
  }

  prepare(event: OutgoingEvent): PointPacket {
    const { stored, accepted } = event;
    const point = composePoint(this.#options.gatewayId, event);
    if (point !== undefined) return { stored, point, sizeBytes: pointBytes(point) };
    return { stored, mayBeTimed: accepted.basis === 'unknown', sizeBytes: UNTIMED_BYTES };
  }

  /** Asks with an empty write whether the server is there, knows the database and lets us in. */
  async connect(signal: AbortSignal): Promise<InfluxdbConnection> {
    const { server, gatewayId, logger } = this.#options;
    const writer = new NpmInfluxWriter(server);
    const outcome = await writer.write([], signal);
    if (outcome.kind === 'retry' || outcome.kind === 'pause') {
      writer[Symbol.dispose]();
      throw outcome.error;
    }
    // Some servers refuse an empty write as such: they are there, and let us in.
    return new InfluxdbConnection(gatewayId, writer, this.#grant, logger);
  }
}
