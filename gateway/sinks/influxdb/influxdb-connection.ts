import { invariant, WaystationError } from '#gateway/model/errors.ts';
import type { StoredRecord } from '#gateway/model/message.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { Grant, Outcome, Packet, TargetConnection } from '#gateway/sinks/delivery/target.ts';
import { eventId } from '#gateway/sinks/own-event.ts';
import { composeRefusal, type Point, REFUSED_MEASUREMENT } from './compose-point.ts';
import type { InfluxWriter, WriteOutcome } from './influx-writer.ts';

/** An event as it goes to InfluxDB. */
export interface PointPacket extends Packet {
  readonly stored: StoredRecord;
  /** Absent for an event whose time is not known. */
  readonly point?: Point;
  /** Whether that may become known. */
  readonly mayBeTimed?: boolean;
}

/** More in one batch make no request cheaper. */
export const MAX_BATCH_EVENTS = 16_384;
/** Halving the largest batch down to one point, and the note about that point. */
const MAX_REQUESTS_PER_STEP = Math.log2(MAX_BATCH_EVENTS) + 2;
/** In one call of `send`, so that it ends in bounded time. */
export const MAX_REQUESTS_PER_SEND = 4 * MAX_REQUESTS_PER_STEP;

/** Why an event without trusted time is not written in its own place. */
export const NO_TIME = 'Nobody knows when the event was, and nobody will.';

/**
 * Writes batches, one request at a time. InfluxDB does not say which point of a batch it refuses, and stores the others; writing
 * those again changes nothing, so a refused batch is tried again by halves until one point is left, and that one is written as a
 * refusal in place of itself. How large the next request is, is all that a connection remembers: it doubles while points are
 * taken, so that one bad sensor costs a few requests, not a batch each time.
 */
export class InfluxdbConnection implements TargetConnection<PointPacket> {
  readonly closed: Promise<WaystationError>;
  readonly grant: Grant;
  readonly #gatewayId: string;
  readonly #writer: InfluxWriter & Disposable;
  readonly #logger: Logger;
  readonly #abort = new AbortController();
  readonly #close: (reason: WaystationError) => void;
  #limit: number;
  #requestsLeft = 0;
  #refusalCount = 0;

  constructor(gatewayId: string, writer: InfluxWriter & Disposable, grant: Grant, logger: Logger) {
    this.#gatewayId = gatewayId;
    this.#writer = writer;
    this.#logger = logger;
    this.grant = grant;
    this.#limit = grant.maxEventsPerSend;
    const closed = Promise.withResolvers<WaystationError>();
    this.closed = closed.promise;
    this.#close = closed.resolve;
  }

  /** Takes as much of the batch as its share of requests allows; a fault after the first points leaves the rest for the next call. */
  async send(batch: readonly PointPacket[]): Promise<Outcome> {
    let count = 0;
    let refusedCount = 0;
    this.#requestsLeft = MAX_REQUESTS_PER_SEND;
    while (count < batch.length && this.#requestsLeft >= MAX_REQUESTS_PER_STEP) {
      const outcome = await this.#writeFront(batch.slice(count));
      if (outcome.kind !== 'accepted') {
        if (count === 0) return outcome;
        break;
      }
      count += outcome.count;
      refusedCount += outcome.refusedCount ?? 0;
    }
    return { kind: 'accepted', count, ...(refusedCount === 0 ? {} : { refusedCount }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#writer[Symbol.dispose]();
    this.#close(new WaystationError('influxdb.unavailable', 'The connection was closed.'));
  }

  /** Writes points from the front, at least one of them, or the refusal of the first. */
  async #writeFront(batch: readonly PointPacket[]): Promise<StepOutcome> {
    const [first] = batch;
    invariant(first !== undefined, 'a batch holds something');
    if (first.point === undefined) return first.mayBeTimed ? untimed(first) : await this.#refuse(first, NO_TIME);
    const points = pointsBefore(batch, this.#limit);
    for (let size = points.length; ; size = Math.floor(size / 2)) {
      const outcome = await this.#write(points.slice(0, size));
      if (outcome.kind === 'refused' && size > 1) continue;
      this.#limit = outcome.kind === 'refused' ? 1 : Math.min(2 * size, this.grant.maxEventsPerSend);
      switch (outcome.kind) {
        case 'accepted':
          return { kind: 'accepted', count: size };
        case 'expired':
          return await this.#expire(first, batch.slice(0, size), outcome.reason);
        case 'refused':
          return await this.#refuse(first, outcome.reason);
        case 'retry':
        case 'pause':
          return outcome;
      }
    }
  }

  /** A refusal is written before the event counts as done: that it is missing is known where it is missed. */
  async #refuse({ stored }: PointPacket, reason: string): Promise<StepOutcome> {
    const outcome = await this.#write([composeRefusal(this.#gatewayId, stored, reason)]);
    if ('error' in outcome) return outcome;
    if (outcome.kind === 'accepted') {
      this.#logRefusal(stored, reason);
      return { kind: 'accepted', count: 1, refusedCount: 1 };
    }
    const text = `Event ${eventId(stored)}: ${reason}; a note of that was refused as well: ${outcome.reason}`;
    return { kind: 'rejected', error: new WaystationError('influxdb.rejectedEvent', text) };
  }

  /** What the database keeps no longer it was told not to keep: one note for all of them. */
  async #expire(first: PointPacket, batch: readonly PointPacket[], reason: string): Promise<StepOutcome> {
    const last = batch.at(-1) ?? first;
    const range = `among the ${batch.length} events up to ${eventId(last.stored)}`;
    const outcome = await this.#refuse(first, `${reason} (${range})`);
    return outcome.kind === 'accepted' ? { ...outcome, count: batch.length } : outcome;
  }

  /** The 1st, 2nd, 4th, 8th … of a connection: a sensor may be wrong a hundred times a second. */
  #logRefusal(stored: StoredRecord, reason: string): void {
    this.#refusalCount += 1;
    if (!Number.isInteger(Math.log2(this.#refusalCount))) return;
    const fields = { event: eventId(stored), topic: stored.record.topic, reason, refusalCount: this.#refusalCount };
    this.#logger.warn(fields, `An event went to the measurement ${REFUSED_MEASUREMENT} in place of its own.`);
  }

  #write(points: readonly Point[]): Promise<WriteOutcome> {
    this.#requestsLeft -= 1;
    return this.#writer.write(points, this.#abort.signal);
  }
}

/** An outcome that says how much it covers. */
type StepOutcome =
  | Exclude<Outcome, { kind: 'accepted' }>
  | (Extract<Outcome, { kind: 'accepted' }> & { readonly count: number });

/** Nothing is given up while the time may still become known: the lane waits, and is prepared anew when it does [S5]. */
function untimed({ stored }: PointPacket): StepOutcome {
  const { topic } = stored.record;
  const text = `Event ${eventId(stored)} on ${topic}: neither the event nor the gateway knows the time yet.`;
  return { kind: 'hold', error: new WaystationError('influxdb.untimedEvent', text) };
}

/** The points up to the first event that has none, at most `limit`. */
function pointsBefore(batch: readonly PointPacket[], limit: number): readonly Point[] {
  const points: Point[] = [];
  for (const { point } of batch) {
    if (point === undefined || points.length >= limit) break;
    points.push(point);
  }
  return points;
}
