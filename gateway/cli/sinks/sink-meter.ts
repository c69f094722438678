import { gzipSync } from 'node:zlib';
import type { Config } from '#gateway/config/config-schema.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { composeLine, type LinePacket } from '#gateway/sinks/file/compose-line.ts';
import { encodeMemberNow } from '#gateway/sinks/file/member.ts';
import { composePoint, type PointFormat } from '#gateway/sinks/influxdb/compose-point.ts';
import { lineOf } from '#gateway/sinks/influxdb/line-protocol.ts';
import { GZIP_LEVEL, MIN_GZIP_BYTES } from '#gateway/sinks/influxdb/native-influx-writer.ts';
import { MAX_PUBLISH_BYTES } from '#gateway/sinks/mqtt-hub/batch/batch.ts';
import { type BatchPart, composePart } from '#gateway/sinks/mqtt-hub/batch/compose-part.ts';
import { type BatchFormat, packBatches } from '#gateway/sinks/mqtt-hub/batch/pack-batches.ts';
import { composePublish, type PublishFormat } from '#gateway/sinks/mqtt-hub/compose-publish.ts';
import { composeEvent } from '#gateway/sinks/webhook/compose-event.ts';
import { publishWireBytes, requestWireBytes } from './wire-bytes.ts';

type SinkConfig = Config['sinks'][number];
type OutgoingEvent = Parameters<typeof composePublish>[1];

/** Reckons what events would take at one sink, with the code that composes them there; nothing is sent. */
export interface SinkMeter {
  /** How the figure on the wire comes about. */
  readonly basis: string;
  /** @returns bytes of the event in its envelope: a packet of its own, its part of a batch before compression, or its line */
  add(event: OutgoingEvent): number;
  /** Bytes on the wire of all that was added, both ways. */
  wireBytes(): number;
}

/** @param gatewayUid its length counts, not its digits */
export function openMeter(sink: SinkConfig, gatewayId: string, gatewayUid: string): SinkMeter {
  if (sink.type === 'influxdb') return new PointMeter(sink, gatewayId);
  if (sink.type === 'webhook') return new DeliveryMeter(sink, gatewayUid);
  if (sink.type === 'file') return new LineMeter(sink, gatewayUid);
  const isTls = sink.url.startsWith('mqtts:');
  const format = { prefix: sink.prefix, gatewayId, gatewayUid, protocol: sink.protocol, envelope: sink.envelope };
  if (sink.batch === 'off') return new PublishMeter(format, isTls);
  return new BatchMeter({ ...format, codec: sink.batch.codec }, sink.batch, isTls);
}

class PublishMeter implements SinkMeter {
  readonly basis = 'each event by itself; while a backlog is sent events share packets and take less';
  readonly #format: PublishFormat;
  readonly #isTls: boolean;
  #wireBytes = 0;

  constructor(format: PublishFormat, isTls: boolean) {
    this.#format = format;
    this.#isTls = isTls;
  }

  add(event: OutgoingEvent): number {
    const { sizeBytes } = composePublish(this.#format, event);
    this.#wireBytes += publishWireBytes(sizeBytes, this.#isTls);
    return sizeBytes;
  }

  wireBytes(): number {
    return this.#wireBytes;
  }
}

/** When a batch is full, or old enough by the time of its events. */
interface BatchBounds {
  readonly maxEvents: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** Gathers what goes together, as a lane does that is caught up. */
class Gatherer<T> {
  readonly #bounds: BatchBounds;
  readonly #flush: (parts: readonly T[]) => void;
  #parts: T[] = [];
  #sizeBytes = 0;
  #first: Stamp | undefined;

  constructor(bounds: BatchBounds, flush: (parts: readonly T[]) => void) {
    this.#bounds = bounds;
    this.#flush = flush;
  }

  add(part: T, sizeBytes: number, stamp: Stamp): void {
    const { maxAgeMs, maxBytes, maxEvents } = this.#bounds;
    const isOld = this.#first !== undefined && ageMs(this.#first, stamp) >= maxAgeMs;
    if (isOld || (this.#parts.length > 0 && this.#sizeBytes + sizeBytes > maxBytes)) this.end();
    this.#first ??= stamp;
    this.#parts.push(part);
    this.#sizeBytes += sizeBytes;
    if (this.#parts.length >= maxEvents) this.end();
  }

  end(): void {
    if (this.#parts.length > 0) this.#flush(this.#parts);
    this.#parts = [];
    this.#sizeBytes = 0;
    this.#first = undefined;
  }
}

/** Another clock run is another start, and nothing waits over it. */
function ageMs(first: Stamp, stamp: Stamp): number {
  return first.clockRun === stamp.clockRun ? stamp.monotonicMs - first.monotonicMs : Number.POSITIVE_INFINITY;
}

class BatchMeter implements SinkMeter {
  readonly basis: string;
  readonly #gatherers = new Map<string, Gatherer<BatchPart>>();
  readonly #bounds: BatchBounds;
  readonly #flush: (parts: readonly BatchPart[]) => void;
  #wireBytes = 0;

  constructor(format: BatchFormat, bounds: BatchBounds, isTls: boolean) {
    const { maxAgeMs, maxEvents } = bounds;
    this.basis = `in batches as they would be sent, compressed: ${maxEvents} events, or after ${maxAgeMs} ms`;
    this.#bounds = bounds;
    this.#flush = (parts) => {
      for (const { packet } of packBatches(format, parts, MAX_PUBLISH_BYTES))
        this.#wireBytes += publishWireBytes(packet.sizeBytes, isTls);
    };
  }

  add(event: OutgoingEvent): number {
    const part = composePart(event);
    const { stream, record } = event.stored;
    const gatherer = this.#gatherers.get(stream) ?? new Gatherer(this.#bounds, this.#flush);
    this.#gatherers.set(stream, gatherer);
    gatherer.add(part, part.sizeBytes, record.stamp);
    return part.sizeBytes;
  }

  wireBytes(): number {
    for (const gatherer of this.#gatherers.values()) gatherer.end();
    return this.#wireBytes;
  }
}

class PointMeter implements SinkMeter {
  readonly basis: string;
  readonly #format: PointFormat;
  readonly #gatherer: Gatherer<string>;
  #wireBytes = 0;

  constructor(sink: InfluxdbConfig, gatewayId: string) {
    const isCompressed = (sink.writer ?? (sink.version === 1 ? 'package' : 'native')) === 'native';
    this.basis = `a request for what came within a second, ${isCompressed ? 'compressed' : 'not compressed'}`;
    const integers = (sink.integers ?? []).map(({ measurement, fields }) => [measurement, new Set(fields)] as const);
    this.#format = { gatewayId, integers: new Map(integers), clientTag: sink.clientTag };
    const isTls = sink.url.startsWith('https:');
    this.#gatherer = new Gatherer({ ...sink.batch, maxAgeMs: REQUEST_INTERVAL_MS }, (lines) => {
      const body = Buffer.from(lines.join('\n'));
      const isSmall = !isCompressed || body.length < MIN_GZIP_BYTES;
      const bodyBytes = isSmall ? body.length : gzipSync(body, { level: GZIP_LEVEL }).length;
      this.#wireBytes += requestWireBytes(bodyBytes, isTls);
    });
  }

  add(event: OutgoingEvent): number {
    const point = composePoint(this.#format, event);
    // What has no time waits for it, or goes to the dead letters.
    if (point === undefined) return 0;
    const line = lineOf(point);
    const sizeBytes = Buffer.byteLength(line) + 1;
    this.#gatherer.add(line, sizeBytes, event.stored.record.stamp);
    return sizeBytes;
  }

  wireBytes(): number {
    this.#gatherer.end();
    return this.#wireBytes;
  }
}

class DeliveryMeter implements SinkMeter {
  readonly basis = 'a request for what came within a second';
  readonly #gatewayUid: string;
  readonly #gatherer: Gatherer<number>;
  #wireBytes = 0;

  constructor(sink: Extract<SinkConfig, { readonly type: 'webhook' }>, gatewayUid: string) {
    this.#gatewayUid = gatewayUid;
    const isTls = sink.url.startsWith('https:');
    this.#gatherer = new Gatherer({ ...sink.batch, maxAgeMs: REQUEST_INTERVAL_MS }, (sizes) => {
      const bodyBytes = sizes.reduce((sum, size) => sum + size, SIGNATURE_BYTES);
      this.#wireBytes += requestWireBytes(bodyBytes, isTls);
    });
  }

  add(event: OutgoingEvent): number {
    const { sizeBytes } = composeEvent(this.#gatewayUid, event);
    this.#gatherer.add(sizeBytes, sizeBytes, event.stored.record.stamp);
    return sizeBytes;
  }

  wireBytes(): number {
    this.#gatherer.end();
    return this.#wireBytes;
  }
}

class LineMeter implements SinkMeter {
  readonly basis: string;
  readonly #gatewayUid: string;
  readonly #gatherer: Gatherer<LinePacket>;
  #fileBytes = 0;

  constructor({ compress, batch }: Extract<SinkConfig, { readonly type: 'file' }>, gatewayUid: string) {
    this.basis = `nothing goes over a wire: bytes in the files, ${compress === 'none' ? 'not compressed' : compress}`;
    this.#gatewayUid = gatewayUid;
    this.#gatherer = new Gatherer(batch, (packets) => {
      this.#fileBytes += encodeMemberNow(compress, Buffer.concat(packets.map(({ line }) => line))).length;
    });
  }

  add(event: OutgoingEvent): number {
    const packet = composeLine(this.#gatewayUid, event);
    this.#gatherer.add(packet, packet.sizeBytes, event.stored.record.stamp);
    return packet.sizeBytes;
  }

  wireBytes(): number {
    this.#gatherer.end();
    return this.#fileBytes;
  }
}

/** Its three headers. */
const SIGNATURE_BYTES = 200;

type InfluxdbConfig = Extract<SinkConfig, { readonly type: 'influxdb' }>;

const REQUEST_INTERVAL_MS = 1000;
