import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CountingPublisher } from '#tests/support/counting-publisher.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { PUBLISHER, startReadyGateway, testConfig, untilStatus, writeConfig } from '#tests/support/gateway-process.ts';
import { readInfluxRows, readJournalRows } from '#tests/support/influx-rows.ts';
import { HAS_INFLUXD, Influxd, NEEDS_INFLUXD } from '#tests/support/influxd.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const DATABASE = 'telemetry';
const GATEWAY_ID = 'test-truck';
/** Rows are asked for by their own field: what a batch holds twice would show as a point too many. */
const ALL = 'SELECT counter, client_, client, topic, gateway FROM "mqtt.message"';
/** A request with more than a few of the long texts is too large. */
const MAX_BODY_BYTES = 200_000;

type Writer = 'package' | 'native';

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

/** A gateway that writes to a real InfluxDB, and somebody who publishes. */
async function openScene(writer: Writer) {
  const folder = cleanup.use(await openScratchFolder());
  const influxd = cleanup.use(await Influxd.start(folder.path, MAX_BODY_BYTES));
  await influxd.query(`CREATE DATABASE ${DATABASE}`);
  const brokerPort = await findFreePort();
  const sink = {
    ...{ id: 'influx', type: 'influxdb', url: influxd.url, database: DATABASE, writer },
    lanes: ['alerts', 'telemetry'],
    window: { ackTimeoutMs: 500 },
  };
  const configFile = await writeConfig(folder.path, { ...testConfig({ brokerPort }), sinks: [sink] });
  const gateway = cleanup.use(await startReadyGateway(configFile, brokerPort));
  const publisher = cleanup.use(
    new CountingPublisher({
      ...{ port: brokerPort, ...PUBLISHER, clientId: 'steady', topics: ['sensors/steady'], windowSize: 5 },
    }),
  );
  const written = async () =>
    Number((await influxd.query('SELECT count(counter) FROM "mqtt.message"', DATABASE))[0]?.['count'] ?? 0);
  publisher.start();
  await until('points flow', 20_000, async () => (await written()) > 50);
  return { folder: folder.path, influxd, gateway, brokerPort, configFile, publisher, written };
}

type Scene = Awaited<ReturnType<typeof openScene>>;

/** Everything that was published, once, with the values that it had. */
async function expectWhole({ influxd, publisher, written }: Scene): Promise<void> {
  await until('everything is in InfluxDB', 30_000, async () => (await written()) >= publisher.madeCount);
  const rows = await influxd.query(ALL, DATABASE);
  const points = rows
    .map(({ time: _, ...values }) => values)
    .sort((a, b) => Number(a['counter']) - Number(b['counter']));
  const expected = Array.from({ length: publisher.madeCount }, (_, index) => ({
    ...{ counter: index + 1, client_: 'steady', client: 'steady', topic: 'sensors/steady', gateway: GATEWAY_ID },
  }));
  expect(points).toEqual(expected);
}

/** Of the rows that the journal stands for, the missing ones; and those of InfluxDB that no record stands for. */
async function compareWithJournal({ folder, gateway, influxd }: Scene) {
  await gateway.stop();
  const [inJournal, inInflux] = await Promise.all([
    readJournalRows(join(folder, 'data'), GATEWAY_ID),
    readInfluxRows(influxd, DATABASE),
  ]);
  const known = { journal: new Set(inJournal), influx: new Set(inInflux) };
  expect(known.influx.size).toBe(inInflux.length);
  return {
    missing: inJournal.filter((row) => !known.influx.has(row)),
    extra: inInflux.filter((row) => !known.journal.has(row)),
  };
}

describe.skipIf(!HAS_INFLUXD)(`a real InfluxDB${NEEDS_INFLUXD}`, () => {
  it.each([
    ['SIGSTOP', 'package'],
    ['SIGKILL', 'native'],
  ] as const)(
    'has every event once, value by value, after an outage by %s, by the writer %s [D1 D2 D4 D5]',
    async (fault, writer) => {
      const scene = await openScene(writer);
      const { influxd, publisher, configFile } = scene;
      if (fault === 'SIGSTOP') influxd.signal('SIGSTOP');
      else await influxd.kill();
      const atFault = publisher.acknowledgedCount;
      await until('intake goes on', 10_000, () => publisher.acknowledgedCount > atFault + 200);
      const status = await untilStatus('the sink has given it up', configFile, 20_000, ({ sinks }) =>
        sinks.every((sink) => sink.state !== 'online' && sink.lastError !== undefined),
      );
      expect(status.sinks[0]?.lastError).toMatch(/^influxdb\.unavailable: /);
      if (fault === 'SIGSTOP') influxd.signal('SIGCONT');
      else await influxd.restart();
      await publisher.finish(5_000);
      await expectWhole(scene);
      expect(await compareWithJournal(scene)).toEqual({ missing: [], extra: [] });
    },
    60_000,
  );
});
