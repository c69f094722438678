import { gzipSync } from 'node:zlib';
import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';
import { Gatherer, REQUEST_INTERVAL_MS } from '#gateway/sinks/meter/gatherer.ts';
import type { SinkMeter } from '#gateway/sinks/meter/sink-meter.ts';
import { requestWireBytes } from '#gateway/sinks/meter/wire-bytes.ts';
import { composePoint, type PointFormat } from './compose-point.ts';
import type { InfluxdbKeys } from './influxdb-keys.ts';
import { lineOf } from './line-protocol.ts';
import { GZIP_LEVEL, MIN_GZIP_BYTES } from './native-influx-writer.ts';

/** What it goes by. */
export type PointKeys = Pick<InfluxdbKeys, 'url' | 'version' | 'writer' | 'integers' | 'clientTag' | 'batch'>;

/** By the requests of lines that would be written. */
export class PointMeter implements SinkMeter {
  readonly basis: string;
  readonly #format: PointFormat;
  readonly #gatherer: Gatherer<string>;
  #wireBytes = 0;

  constructor(sink: PointKeys, gatewayId: string) {
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
