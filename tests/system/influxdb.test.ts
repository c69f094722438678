import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CountingPublisher } from '#tests/support/counting-publisher.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import {
  PUBLISHER,
  runWaystation,
  startReadyGateway,
  testConfig,
  untilStatus,
  writeConfig,
} from '#tests/support/gateway-process.ts';
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

  it.each(['package', 'native'] as const)(
    'that lost its database pauses the sink, then has all but what it will never take, whose dead letters have its words, by the writer %s [D3 D6]',
    async (writer) => {
      const scene = await openScene(writer);
      const { influxd, publisher, configFile } = scene;
      await influxd.query(`DROP DATABASE ${DATABASE}`);
      const paused = await untilStatus('it is paused', configFile, 20_000, ({ sinks }) => sinks[0]?.state === 'paused');
      expect(paused.sinks[0]?.lastError).toMatch(
        /answered 404: database not found: "telemetry"\. If .*CREATE DATABASE "telemetry"/,
      );
      const droppedCount = paused.sinks[0]?.acknowledgedCount ?? 0;
      await publishOddities(scene);
      await publisher.finish(5_000);
      await influxd.query(`CREATE DATABASE ${DATABASE} WITH DURATION 1h SHARD DURATION 1h`);
      // A paused sink looks again within a minute; who has mended it need not wait, and on a slow machine comes too late.
      const { code, stdout, stderr } = await runWaystation('sinks', 'retry', 'influx', '-c', configFile);
      expect(code === 0 ? stdout : stderr).toMatch(/^influx: trying now$|Trying influx now: it is /m);
      const drained = await untilStatus('all is delivered', configFile, 20_000, ({ sinks }) =>
        sinks.every(({ lanes, state }) => state === 'online' && lanes.every((lane) => lane.backlogCount === 0)),
      );
      expect(drained.sinks[0]).toMatchObject({ deadLetteredCount: 3 });
      expect(await readLetters(configFile)).toMatchObject([
        { topic: 'alerts/overspeed', code: 'influxdb.expiredEvent', reason: expect.stringContaining('2020-01-01') },
        {
          topic: 'sensors/wrong',
          code: 'influxdb.rejectedEvent',
          reason: expect.stringMatching(/field type conflict/),
        },
        {
          topic: 'sensors/wrong',
          code: 'influxdb.rejectedEvent',
          reason: expect.stringMatching(/field type conflict/),
        },
      ]);

      const { missing, extra } = await compareWithJournal(scene);
      const dropped = missing.filter((row) => row.includes('"sensors/steady"'));
      expect(dropped.map(counterOf).sort((a, b) => a - b)).toEqual(
        Array.from({ length: droppedCount }, (_, index) => index + 1),
      );
      expect(missing.length - dropped.length).toBe(3);
      expect(extra.every((row) => row.startsWith('["gateway.lost"') && row.includes('"deadLettered"'))).toBe(true);
      expect(extra).toHaveLength(3);
      await expectOddities(influxd);
    },
    60_000,
  );
});

/** A sensor that changes its types, texts of every kind, and alerts, one of which is older than the database keeps. */
async function publishOddities({ brokerPort, publisher }: Scene): Promise<void> {
  const made = publisher.madeCount;
  await until('the counters go first', 10_000, () => publisher.acknowledgedCount > made + 100);
  const port = `mqtt://127.0.0.1:${brokerPort}`;
  const sensor = await connectAsync(port, { ...PUBLISHER, clientId: 'odd, one=1' });
  for (const payload of WRONG_TYPES) await sensor.publishAsync('sensors/wrong', payload, { qos: 1 });
  for (const payload of [...ODD_TEXTS, ...LONG_TEXTS])
    await sensor.publishAsync('sensors/odd topic,a=b', payload, { qos: 1 });
  for (const payload of ODD_VALUES.keys()) await sensor.publishAsync('sensors/values', payload, { qos: 1 });
  for (const time of [LONG_AGO, new Date().toISOString()]) {
    const event = { type: 'alert.overspeed', version: 1, time, data: { speedKmh: 91 } };
    await sensor.publishAsync('alerts/overspeed', JSON.stringify(event), { qos: 1 });
  }
  await sensor.endAsync();
}

/** What was published as it is found, whoever made points of it. */
async function expectOddities(influxd: Influxd): Promise<void> {
  const topic = `topic = 'sensors/odd topic,a=b'`;
  const texts = await influxd.query(`SELECT payload, client FROM "mqtt.message" WHERE ${topic}`, DATABASE);
  expect(texts.map(({ payload }) => payload)).toEqual([...ODD_TEXTS, ...LONG_TEXTS]);
  expect(texts[0]).toMatchObject({ client: 'odd, one=1' });
  const values = await influxd.query(`SELECT * FROM "mqtt.message" WHERE topic = 'sensors/values'`, DATABASE);
  expect(values).toMatchObject([...ODD_VALUES.values()]);
  expect(await influxd.query('SELECT speedKmh FROM "alert.overspeed"', DATABASE)).toMatchObject([{ speedKmh: 91 }]);
}

async function readLetters(configFile: string): Promise<readonly unknown[]> {
  const { stdout } = await runWaystation('dead-letters', 'list', '--json', '-c', configFile);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .toSorted(byTopic);
}

function byTopic({ topic: a = '' }, { topic: b = '' }): number {
  return a < b ? -1 : 1;
}

/** The counter in the text of a row. */
function counterOf(row: string): number {
  return Number(/\["counter",(\d+)\]/.exec(row)?.[1]);
}

const LONG_AGO = '2020-01-01T00:00:00Z';
const WRONG_TYPES = ['{"counter":"one"}', '{"counter":true,"other":1}'];
/** Several of them make a request that is too large, compressed or not. */
const LONG_TEXTS = Array.from({ length: 8 }, () => randomBytes(45_000).toString('base64'));

/** What a line of the line protocol could be broken by. */
const ODD_TEXTS = [
  'two\nlines',
  'a,b c=d',
  'ends with \\',
  '"quoted" \\" and \\\'',
  '\r\n\t\u0001',
  '# no comment',
  'käse 🚚 \u2028',
  '["not", closed',
  'x'.repeat(60_000),
];

/** Payloads, and what they become. */
const ODD_VALUES = new Map<string, object>([
  ['-0.0', { value: 0 }],
  ['1e21', { value: 1e21 }],
  ['5e-324', { value: 5e-324 }],
  ['9007199254740993', { value: 9007199254740992 }],
  [
    '{"on":false,"text":"a\\"b\\\\","list":[1,null,{"x y":2}]}',
    { on: false, text: 'a"b\\', 'list.0': 1, 'list.2.x y': 2 },
  ],
  ['{"time":1,"a\\nb":2,"":3}', { time_: 1, 'a%0Ab': 2, _: 3 }],
  ['', { payloadBytes: 0 }],
]);
