import { WaystationError } from '#gateway/model/errors.ts';
import { type Point, REFUSED_MEASUREMENT } from './compose-point.ts';
import type { InfluxWriter, WriteOutcome } from './influx-writer.ts';

/** A database in memory that stores the good points of a batch, refuses the bad ones, and does not say which. */
export class FakeInfluxWriter implements InfluxWriter, Disposable {
  /** Whether a point is at fault. */
  isBad: (point: Point) => boolean = () => false;
  isExpired: (point: Point) => boolean = () => false;
  /** Takes the place of the next answers, the first first; nothing is stored then. */
  readonly failures: ('retry' | 'pause')[] = [];
  /** By their lines, so that what is written twice is there once. */
  readonly stored = new Map<string, Point>();
  readonly batchSizes: number[] = [];
  signal: AbortSignal | undefined;

  async write(points: readonly Point[], signal: AbortSignal): Promise<WriteOutcome> {
    this.signal = signal;
    this.batchSizes.push(points.length);
    const failure = this.failures.shift();
    if (failure !== undefined) return { kind: failure, error: new WaystationError('influxdb.unavailable', 'Down.') };
    for (const point of points)
      if (!this.isBad(point) && !this.isExpired(point)) this.stored.set(lineKey(point), point);
    if (points.some(this.isBad)) return { kind: 'refused', reason: 'type conflict' };
    return points.some(this.isExpired) ? { kind: 'expired', reason: 'too old' } : { kind: 'accepted' };
  }

  /** The ids of what was written as refused. */
  get refusedIds(): readonly string[] {
    const notes = [...this.stored.values()].filter(({ measurement }) => measurement === REFUSED_MEASUREMENT);
    return notes.map(({ fields }) => fields.get('id') ?? '');
  }

  [Symbol.dispose](): void {}
}

function lineKey({ measurement, tags, fields, timeUs }: Point): string {
  return JSON.stringify([measurement, tags, timeUs ?? [...fields]]);
}
