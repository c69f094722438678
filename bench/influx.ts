import { HAS_INFLUXD, Influxd } from '#tests/support/influxd.ts';
import type { WriteCost } from './influx-drain.ts';
import { runForJson } from './journal.ts';
import { type Bench, inAlternation, openFolder } from './scenario.ts';

const POINT_COUNT = 100_000;
const DATABASE = 'bench';

const SUBJECTS = [
  { name: 'influx', engine: 'bare' },
  { name: 'Waystation, package', engine: 'package' },
  { name: 'Waystation, native', engine: 'native' },
] as const;

/** Points that reach a real InfluxDB 1.x from a backlog in the journal, beside the bare `influx` package with points made beforehand. */
export async function measureInflux(bench: Bench): Promise<void> {
  if (!HAS_INFLUXD) return bench.progress('influx is left out: influxd is missing');
  await inAlternation(bench, 'influx', SUBJECTS, async ({ name: subject, engine }) => {
    await using stack = new AsyncDisposableStack();
    const folder = await openFolder(bench, stack);
    await using influxd = await Influxd.start(folder);
    await influxd.query(`CREATE DATABASE ${DATABASE}`);
    const args = [engine, folder, influxd.url, DATABASE, String(POINT_COUNT)];
    const cost: WriteCost = await runForJson('bench/influx-drain.ts', args);
    const [row] = await influxd.query('SELECT count(latitude) FROM "mqtt.message"', DATABASE);
    if (row?.['count'] !== POINT_COUNT)
      throw new Error(`${POINT_COUNT} points were written, ${row?.['count']} are there`);
    const key = { scenario: 'influx', subject } as const;
    bench.log.add({ ...key, what: 'rate', unit: 'points/s' }, cost.pointsPerSecond);
    bench.log.add({ ...key, what: 'processor time per point', unit: 'µs' }, cost.cpuUsPerPoint);
    return `${Math.round(cost.pointsPerSecond)} points/s, ${cost.cpuUsPerPoint.toFixed(1)} µs per point`;
  });
}
