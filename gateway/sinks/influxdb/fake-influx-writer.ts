import { WaystationError } from '#gateway/model/errors.ts';
import type { Point } from './compose-point.ts';
import type { InfluxWriter, WriteOutcome } from './influx-writer.ts';

/** A database in memory that stores the good points of a batch, refuses the bad ones, and does not say which. */
export class FakeInfluxWriter implements InfluxWriter {
  serverTimeMs: number | undefined;
  /** Whether a point is at fault. */
  isBad: (point: Point) => boolean = () => false;
  isExpired: (point: Point) => boolean = () => false;
  /** Whether it names the bad points, as InfluxDB 3 does. */
  isNaming = false;
  /** Takes the place of the next answers, the first first; nothing is stored then. */
  readonly failures: ('retry' | 'fault' | 'pause')[] = [];
  /** By their series and time, so that what is written twice is there once. */
  readonly stored = new Map<string, Point>();
  readonly batchSizes: number[] = [];
  signal: AbortSignal | undefined;

  async write(points: readonly Point[], signal: AbortSignal): Promise<WriteOutcome> {
    this.signal = signal;
    this.batchSizes.push(points.length);
    const failure = this.failures.shift();
    if (failure === 'fault') return { kind: 'fault', reason: 'retention policy not found' };
    if (failure !== undefined) return { kind: failure, error: new WaystationError('influxdb.unavailable', 'Down.') };
    for (const point of points)
      if (!this.isBad(point) && !this.isExpired(point)) this.stored.set(pointKey(point), point);
    if (points.some(this.isExpired)) return { kind: 'expired', reason: 'too old' };
    if (!points.some(this.isBad)) return { kind: 'accepted' };
    if (!this.isNaming) return { kind: 'refused', reason: 'type conflict' };
    const rejected = points.flatMap((point, index) => (this.isBad(point) ? [{ index, reason: 'type conflict' }] : []));
    return { kind: 'partial', rejected };
  }

  [Symbol.dispose](): void {}
}

function pointKey({ measurement, tags, timeUs }: Point): string {
  return JSON.stringify([measurement, tags, timeUs]);
}
