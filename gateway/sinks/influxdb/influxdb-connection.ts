import { invariant, WaystationError } from '#gateway/model/errors.ts';
import type { StoredRecord } from '#gateway/model/message.ts';
import type { Grant, Outcome, Packet, RejectedEvent, TargetConnection } from '#gateway/sinks/delivery/target.ts';
import { eventId } from '#gateway/sinks/own-event.ts';
import type { Point } from './compose-point.ts';
import { findExpiry } from './find-expiry.ts';
import type { InfluxWriter, WriteOutcome } from './influx-writer.ts';
import type { ServerFaults } from './server-faults.ts';

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
/** A batch, and where points are too old the search for the youngest of them, and what is left of the batch. */
export const MAX_REQUESTS_PER_SEND = Math.log2(MAX_BATCH_EVENTS) + 3;

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly writer: InfluxWriter;
  readonly grant: Grant;
  /** What the database keeps, if that is configured. */
  readonly retentionMs: number | undefined;
  readonly faults: ServerFaults;
}

/**
 * Writes batches, one request at a time, and tells the delivery loop what is to become of each event. A point that the server names
 * goes to the dead letters at once; where it names none, the loop tries again by halves: those that were stored are written over by
 * themselves.
 */
export class InfluxdbConnection implements TargetConnection<PointPacket> {
  readonly closed: Promise<WaystationError>;
  readonly grant: Grant;
  readonly #writer: InfluxWriter;
  readonly #retentionMs: number | undefined;
  readonly #faults: ServerFaults;
  readonly #abort = new AbortController();
  readonly #close: (reason: WaystationError) => void;
  /** The youngest point that the database would not keep. What is as old will not be asked about again. */
  #expiredUs = 0;

  constructor({ writer, grant, retentionMs, faults }: ConnectionOptions) {
    this.#writer = writer;
    this.grant = grant;
    this.#retentionMs = retentionMs;
    this.#faults = faults;
    const closed = Promise.withResolvers<WaystationError>();
    this.closed = closed.promise;
    this.#close = closed.resolve;
  }

  /** Answers for the events up to the first whose time may still become known. */
  async send(batch: readonly PointPacket[], signal: AbortSignal): Promise<Outcome> {
    const given = AbortSignal.any([signal, this.#abort.signal]);
    const [first] = batch;
    invariant(first !== undefined, 'a batch holds something');
    if (first.point === undefined && first.mayBeTimed) return untimed(first);
    const share = this.#shareOut(batch);
    const outcome = await this.#write(share.points, given);
    if (outcome.kind !== 'expired') return this.#answer(share, outcome);
    const expiry = await findExpiry(share.points, (point) => this.#write([point], given));
    if (typeof expiry !== 'number') return this.#answer(share, expiry);
    this.#expiredUs = Math.max(this.#expiredUs, expiry);
    const rest = this.#shareOut(batch);
    return this.#answer(rest, await this.#write(rest.points, given));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#writer[Symbol.dispose]();
    this.#close(new WaystationError('influxdb.unavailable', 'The connection was closed.'));
  }

  /** What of a batch is to be written, and what never will be. */
  #shareOut(batch: readonly PointPacket[]): Share {
    const points: Point[] = [];
    const places: number[] = [];
    const rejected: RejectedEvent[] = [];
    const expiredUs = this.#expiryUs();
    let count = 0;
    for (const { point, mayBeTimed, stored } of batch) {
      if (point === undefined) {
        if (mayBeTimed) break;
        rejected.push({ index: count, error: neverTimed(stored) });
      } else if (point.timeUs <= expiredUs) rejected.push({ index: count, error: expired(stored, point) });
      else {
        points.push(point);
        places.push(count);
      }
      count += 1;
    }
    return { points, places, rejected, count };
  }

  /** By what the server has said, and by what is configured; its own date counts, not that of this host. */
  #expiryUs(): number {
    const { serverTimeMs } = this.#writer;
    if (serverTimeMs === undefined || this.#retentionMs === undefined) return this.#expiredUs;
    return Math.max(this.#expiredUs, (serverTimeMs - this.#retentionMs) * US_PER_MS);
  }

  async #write(points: readonly Point[], signal: AbortSignal): Promise<WriteOutcome> {
    if (points.length === 0) return { kind: 'accepted' };
    const outcome = await this.#writer.write(points, signal);
    return this.#faults.judge(outcome);
  }

  #answer({ places, rejected, count }: Share, outcome: WriteOutcome): Outcome {
    switch (outcome.kind) {
      case 'accepted':
        return accepted(count, rejected);
      case 'partial': {
        const named = outcome.rejected.map(({ index, reason }) => {
          const place = places[index];
          invariant(place !== undefined, 'the server names points of the batch');
          return { index: place, error: new WaystationError('influxdb.rejectedEvent', reason) };
        });
        const all = [...rejected, ...named].sort((a, b) => a.index - b.index);
        return accepted(count, all);
      }
      case 'refused':
      case 'expired':
        return { kind: 'rejected', error: new WaystationError('influxdb.rejectedEvent', outcome.reason) };
      case 'fault':
        return { kind: 'retry', error: new WaystationError('influxdb.unavailable', outcome.reason) };
      case 'retry':
      case 'pause':
        return outcome;
    }
  }
}

interface Share {
  readonly points: readonly Point[];
  /** Their places in the batch. */
  readonly places: readonly number[];
  readonly rejected: readonly RejectedEvent[];
  /** Events from the front of the batch that were looked at. */
  readonly count: number;
}

const US_PER_MS = 1000;

function accepted(count: number, rejected: readonly RejectedEvent[]): Outcome {
  return rejected.length === 0 ? { kind: 'accepted', count } : { kind: 'accepted', count, rejected };
}

/** Nothing is given up while the time may still become known: the lane waits, and is prepared anew when it does [S5]. */
function untimed({ stored }: PointPacket): Outcome {
  const text = `${nameOf(stored)}: neither the event nor the gateway knows the time yet.`;
  return { kind: 'hold', error: new WaystationError('influxdb.untimedEvent', text) };
}

/** InfluxDB would file it under a wrong time. */
function neverTimed(stored: StoredRecord): WaystationError {
  const text = `${nameOf(stored)}: nobody knows when it was, and nobody will.`;
  return new WaystationError('influxdb.timelessEvent', text);
}

function expired(stored: StoredRecord, { timeUs }: Point): WaystationError {
  const time = new Date(Math.floor(timeUs / US_PER_MS)).toISOString();
  return new WaystationError(
    'influxdb.expiredEvent',
    `${nameOf(stored)} is of ${time}, older than the database keeps.`,
  );
}

function nameOf(stored: StoredRecord): string {
  return `Event ${eventId(stored)} on ${stored.record.topic}`;
}
