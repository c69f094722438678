import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compareLedger, type ReceivedEvent } from '#firmware-sim/ledger/compare.ts';
import { readLedgerLines } from '#firmware-sim/ledger/ledger.ts';
import type { Values } from '#firmware-sim/ledger/ledger-line.ts';
import { NdjsonTail } from '#firmware-sim/ledger/ndjson-tail.ts';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { findChildPids } from '#tests/support/child-pids.ts';
import { findFreePorts } from '#tests/support/free-ports.ts';
import { HAS_INFLUXD, Influxd, type InfluxRow, NEEDS_INFLUXD } from '#tests/support/influxd.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { Terminal } from '#tests/support/terminal.ts';

/** What InfluxDB holds, as the simulator's ledger would have it. */
async function readEvents(influxd: Influxd): Promise<readonly ReceivedEvent[]> {
  const select = (measurement: string) => influxd.query(`SELECT * FROM "${measurement}"`, 'telemetry');
  const positions = (await select('gnss.position')).map((row) => ({
    source: 'gps0' as const,
    key: new Date(Math.floor(Number(row['time']) / 1000)).toISOString(),
    values: valuesOf(row),
  }));
  const messages = (await select('can.message')).map((row) => {
    const values = signalsOf(row);
    return { source: 'can0' as const, key: `${row['message']}:${values['Counter']}`, values };
  });
  const pressures = (await select('mqtt.message')).map((row) => ({
    source: 'tyre-monitor' as const,
    key: String(row['count']),
    values: valuesOf(row),
  }));
  return [...positions, ...messages, ...pressures].map((event, index) => ({ id: String(index), ...event }));
}

function valuesOf(row: InfluxRow): Values {
  const values: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(row))
    if (typeof value === 'number' || typeof value === 'string') values[name] = value;
  return values;
}

function signalsOf(row: InfluxRow): Values {
  const entries = Object.entries(valuesOf(row)).map(
    ([name, value]) => [/^signals\.(.+)\.value$/.exec(name)?.[1], value] as const,
  );
  return Object.fromEntries(entries.filter(([name]) => name !== undefined));
}

async function findInfluxdPid(launcher: number): Promise<number> {
  for (const pid of await findChildPids(launcher)) {
    if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'influxd') return pid;
  }
  throw new Error('The demo has no influxd.');
}

it.skipIf(!HAS_INFLUXD)(
  `the demo's InfluxDB equals the ledger value by value, after both were away and the gateway was killed [D1 D2]${NEEDS_INFLUXD}`,
  async () => {
    await using folder = await openScratchFolder();
    const [brokerPort, hubPort, influxdbPort] = await findFreePorts(3);
    const ports = ['--broker-port', brokerPort, '--hub-port', hubPort, '--influxdb-port', influxdbPort].map(String);
    await using demo = new Terminal([process.execPath, 'deploy/demo.ts', '--dir', folder.path, ...ports], CHECKOUT);
    await demo.until(
      'events flow',
      30_000,
      () => (demo.latest('written') ?? 0) > 50 && (demo.latest('received') ?? 0) > 50,
    );

    demo.press('c');
    const influxdPid = await findInfluxdPid(demo.pid);
    process.kill(influxdPid, 'SIGSTOP');
    await demo.until(
      'both wait',
      40_000,
      () => (demo.latest('backlog') ?? 0) > 100 && (demo.latest('waiting') ?? 0) > 100,
    );
    demo.press('k');
    await demo.until('the gateway is started again', 20_000, () => demo.latest('restarts') === 1);
    demo.press('c');
    process.kill(influxdPid, 'SIGCONT');
    await demo.until('both have caught up', 40_000, () => {
      return (demo.latest('backlog') ?? 100) < 20 && (demo.latest('waiting') ?? 100) < 20;
    });
    demo.press('q');
    expect(await demo.ended, demo.text.slice(-2000)).toBe(0);

    await using influxd = await Influxd.open(join(folder.path, 'influxd', 'influxdb.conf'), Number(influxdbPort));
    using ledger = new NdjsonTail(join(folder.path, 'sim', 'ledger.ndjson'));
    const audit = compareLedger([...readLedgerLines(ledger)], await readEvents(influxd));
    console.log(
      `InfluxDB: made ${audit.made}, missing ${audit.missing}, extra ${audit.extra}, unheard ${audit.unheard}`,
    );
    expect(audit).toMatchObject({ missing: 0, extra: 0, wrongValues: 0, outOfOrder: 0 });
    expect(audit.made - audit.unheard).toBeGreaterThan(150);
    expect(await influxd.query('SELECT * FROM "gateway.lost"', 'telemetry')).toEqual([]);
  },
  120_000,
);
