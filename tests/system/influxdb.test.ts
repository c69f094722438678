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
import { HAS_INFLUXD, Influxd, NEEDS_INFLUXD } from '#tests/support/influxd.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const DATABASE = 'telemetry';
/** Rows are asked for by their own field: what a batch holds twice would show as a point too many. */
const ALL = 'SELECT counter, client_, client, topic, gateway FROM "mqtt.message"';

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

/** A gateway that writes to a real InfluxDB, and somebody who publishes. */
async function openScene(hasDatabase: boolean) {
  const folder = cleanup.use(await openScratchFolder());
  const influxd = cleanup.use(await Influxd.start(folder.path));
  if (hasDatabase) await influxd.query(`CREATE DATABASE ${DATABASE}`);
  const brokerPort = await findFreePort();
  const sink = {
    id: 'influx',
    type: 'influxdb',
    url: influxd.url,
    database: DATABASE,
    lanes: ['alerts', 'telemetry'],
    window: { ackTimeoutMs: 500 },
  };
  const configFile = await writeConfig(folder.path, { ...testConfig({ brokerPort }), sinks: [sink] });
  const gateway = cleanup.use(await startReadyGateway(configFile, brokerPort));
  const publisher = cleanup.use(
    new CountingPublisher({
      port: brokerPort,
      ...PUBLISHER,
      clientId: 'steady',
      topics: ['sensors/steady'],
      windowSize: 5,
    }),
  );
  const written = async () =>
    Number((await influxd.query('SELECT count(counter) FROM "mqtt.message"', DATABASE))[0]?.['count'] ?? 0);
  return { influxd, gateway, brokerPort, configFile, publisher, written };
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
    ...{ counter: index + 1, client_: 'steady', client: 'steady', topic: 'sensors/steady', gateway: 'test-truck' },
  }));
  expect(points).toEqual(expected);
}

describe.skipIf(!HAS_INFLUXD)(`a real InfluxDB${NEEDS_INFLUXD}`, () => {
  it.each(['SIGSTOP', 'SIGKILL'] as const)(
    'has every event once, value by value, after an outage by %s [D1 D2 D4 D5]',
    async (fault) => {
      const scene = await openScene(true);
      const { influxd, publisher, configFile, written } = scene;
      publisher.start();
      await until('points flow', 20_000, async () => (await written()) > 50);

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
    },
    60_000,
  );

  it('without the database pauses the sink with the statement that makes it, and gets everything afterwards [D6]', async () => {
    const scene = await openScene(false);
    const { influxd, publisher, configFile, written } = scene;
    publisher.start();
    const status = await untilStatus(
      'the sink is paused',
      configFile,
      20_000,
      ({ sinks }) => sinks[0]?.state === 'paused',
    );
    expect(status.sinks[0]).toMatchObject({
      acknowledgedCount: 0,
      lastError: expect.stringMatching(
        /answered 404: database not found: "telemetry"\. If .*CREATE DATABASE "telemetry"/,
      ),
    });
    await publisher.finish(5_000);
    await influxd.query(`CREATE DATABASE ${DATABASE}`);
    // A paused sink looks again within a minute; who has mended it need not wait.
    const retried = await runWaystation('sinks', 'retry', 'influx', '-c', configFile);
    expect(retried).toMatchObject({ code: 0, stdout: 'influx: trying now\n' });
    await expectWhole(scene);
    expect(await written()).toBeGreaterThan(0);
  }, 60_000);

  it('that will not take one type for another gets a refusal with the reason and the payload, and nothing waits [D3 D6]', async () => {
    const scene = await openScene(true);
    const { influxd, publisher, brokerPort, configFile, written } = scene;
    publisher.start();
    await until('points flow', 20_000, async () => (await written()) > 50);
    const sensor = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`, { ...PUBLISHER, clientId: 'wrong' });
    const payloads = ['{"counter":"one"}', '{"counter":true,"other":1}'];
    for (const payload of payloads) await sensor.publishAsync('sensors/wrong', payload, { qos: 1 });
    await sensor.endAsync();
    await publisher.finish(5_000);
    await expectWhole(scene);
    const refusals = await influxd.query('SELECT id, reason, payload, topic_, client FROM "gateway.refused"', DATABASE);
    expect(refusals.map(({ payload }) => payload)).toEqual(payloads);
    expect(refusals[0]).toMatchObject({
      id: expect.stringMatching(/^telemetry\/[0-9a-f]{16}\/\d+$/),
      reason: expect.stringMatching(/field type conflict/),
      topic_: 'sensors/wrong',
      client: 'wrong',
    });
    const status = await untilStatus('all is delivered', configFile, 10_000, ({ sinks }) =>
      sinks.every(({ lanes }) => lanes.every((lane) => lane.backlogCount === 0)),
    );
    expect(status.sinks[0]).toMatchObject({ state: 'online', refusedCount: 2 });
  }, 60_000);

  it('stores any text as it was published, and refuses none of it', async () => {
    const { influxd, brokerPort, configFile } = await openScene(true);
    const sensor = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`, { ...PUBLISHER, clientId: 'odd, one=1' });
    for (const payload of ODD_TEXTS) await sensor.publishAsync('sensors/odd topic,a=b', payload, { qos: 1 });
    for (const payload of [...ODD_VALUES.keys()]) await sensor.publishAsync('sensors/values', payload, { qos: 1 });
    await sensor.endAsync();
    await untilStatus('all is delivered', configFile, 20_000, ({ sinks }) =>
      sinks.every(
        ({ lanes, acknowledgedCount }) => acknowledgedCount > 0 && lanes.every((lane) => lane.backlogCount === 0),
      ),
    );
    const texts = await influxd.query(
      `SELECT payload, client FROM "mqtt.message" WHERE topic = 'sensors/odd topic,a=b'`,
      DATABASE,
    );
    expect(texts.map(({ payload }) => payload)).toEqual(ODD_TEXTS);
    expect(texts[0]).toMatchObject({ client: 'odd, one=1' });
    const values = await influxd.query(`SELECT * FROM "mqtt.message" WHERE topic = 'sensors/values'`, DATABASE);
    expect(values).toMatchObject([...ODD_VALUES.values()]);
    expect(await influxd.query('SELECT * FROM "gateway.refused"', DATABASE)).toEqual([]);
  }, 60_000);

  it('is told once of points that it keeps no longer, and stores those beside them [D6]', async () => {
    const { influxd, brokerPort, configFile } = await openScene(true);
    await influxd.query(`ALTER RETENTION POLICY autogen ON ${DATABASE} DURATION 1h SHARD DURATION 1h`);
    const rule = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`, { ...PUBLISHER, clientId: 'rule' });
    for (const time of ['2020-01-01T00:00:00Z', new Date().toISOString()]) {
      const event = { type: 'alert.overspeed', version: 1, time, data: { speedKmh: 91 } };
      await rule.publishAsync('alerts/overspeed', JSON.stringify(event), { qos: 1 });
    }
    await rule.endAsync();
    const status = await untilStatus('all is delivered', configFile, 20_000, ({ sinks }) =>
      sinks.every(
        ({ lanes, acknowledgedCount }) => acknowledgedCount > 1 && lanes.every((lane) => lane.backlogCount === 0),
      ),
    );
    expect(status.sinks[0]).toMatchObject({ acknowledgedCount: 2, refusedCount: 1 });
    expect(await influxd.query('SELECT speedKmh FROM "alert.overspeed"', DATABASE)).toMatchObject([{ speedKmh: 91 }]);
    expect(await influxd.query('SELECT reason FROM "gateway.refused"', DATABASE)).toMatchObject([
      { reason: expect.stringContaining('points beyond retention policy') },
    ]);
  }, 60_000);
});

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
