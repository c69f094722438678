import { join } from 'node:path';
import { expect, it } from 'vitest';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import { CountingHub } from '#tests/support/counting-hub.ts';
import { CountingPublisher, parseCounted } from '#tests/support/counting-publisher.ts';
import { FlakyLink } from '#tests/support/flaky-link.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import {
  hubSink,
  PUBLISHER,
  readStatus,
  startReadyGateway,
  testConfig,
  writeConfig,
} from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const KiB = 1024;
const DAY_BYTES = 512 * KiB;
const RESERVE_BYTES = 128 * KiB;
/** An urgent event of these may overdraw the day, and what was in flight is still answered. */
const EXCESS_BYTES = 4 * KiB;
/** What a kill may cost: what was written ahead, with room for the largest event there may be. */
const AHEAD_BYTES = 80 * KiB;
const KILL_COUNT = 2;
const LIMIT_MS = 60_000;
/** Acknowledgements come sooner than that. */
const REST_MS = 300;

it('keeps a day and its reserve by a counter of bytes, and tells of it once, over kills [D8]', async () => {
  await using folder = await openScratchFolder();
  await using hub = await CountingHub.open();
  await using watcher = await CountingHub.open();
  await using wire = await FlakyLink.open(hub.port);
  const brokerPort = await findFreePort();
  const configure = (maxBytesPerDay: number) => {
    const config = testConfig({ brokerPort });
    return writeConfig(folder.path, {
      ...config,
      broker: { ...Object(config['broker']), limits: { maxPacketBytes: 4 * KiB } },
      links: [{ id: 'sim', maxBytesPerDay, alertReserveBytes: RESERVE_BYTES }],
      // Alarms go to both; one of them needs no link.
      sinks: [
        { ...hubSink(wire.port), link: 'sim' },
        { ...hubSink(watcher.port), id: 'watcher', lanes: ['alerts'] },
      ],
    });
  };
  const configFile = await configure(DAY_BYTES);
  const start = () => startReadyGateway(configFile, brokerPort);
  /** @returns undefined until the gateway answers */
  const statusOfHub = async () => {
    // While it starts it cannot be asked; whoever waits for an answer has a limit.
    const answer = await askGateway(join(folder.path, 'data'), 'status').catch(() => undefined);
    // What comes from the gateway on the socket is this type by its contract.
    return (answer as GatewayStatus | undefined)?.sinks.find(({ id }) => id === 'hub');
  };
  const areOrdinaryHeld = async () => {
    const lane = (await statusOfHub())?.lanes.find(({ stream }) => stream === 'telemetry');
    return lane !== undefined && lane.isHeld === true && lane.backlogCount > 0;
  };

  const common = { port: brokerPort, ...PUBLISHER, paddingBytes: 400 };
  await using flood = new CountingPublisher({ ...common, clientId: 'f', topics: ['sensors/a'], windowSize: 50 });
  await using urgent = new CountingPublisher({ ...common, clientId: 'u', topics: ['alerts/a'], windowSize: 5 });
  // The kill comes before the reserve, however late it comes.
  flood.limit = 240;
  urgent.limit = 0;
  flood.start();
  urgent.start();

  let gateway = await start();
  await until('a third of the day has gone', LIMIT_MS, () => wire.carriedBytes > DAY_BYTES / 3);
  await gateway.kill();
  flood.limit = 600;
  gateway = await start();
  await until('little is left of the day beside its reserve', LIMIT_MS, areOrdinaryHeld);
  await until('that is told', LIMIT_MS, () => countsOf(watcher)['link.low'] !== undefined);
  await until('that is told over the link too', LIMIT_MS, () => countsOf(hub)['link.low'] !== undefined);
  const ordinaryCount = countsOf(hub)['a of sensors'];
  const beforeBytes = wire.carriedBytes;
  expect(beforeBytes).toBeLessThanOrEqual(DAY_BYTES - RESERVE_BYTES + EXCESS_BYTES);
  expect(beforeBytes).toBeGreaterThan(((DAY_BYTES - RESERVE_BYTES) * 31) / 32 - AHEAD_BYTES);

  urgent.limit = 10;
  await until('alerts get through', LIMIT_MS, () => countsOf(hub)['a of alerts'] === 10);
  await gateway.kill();
  gateway = await start();
  urgent.limit = 200;
  await until('the day is spent', LIMIT_MS, async () => (await statusOfHub())?.state === 'held');
  await until('that is told', LIMIT_MS, () => countsOf(watcher)['link.spent'] !== undefined);
  await until('what was under way has arrived', LIMIT_MS, async () => {
    const bytes = wire.carriedBytes;
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    return wire.carriedBytes === bytes;
  });
  const spentBytes = wire.carriedBytes;
  console.log(`${spentBytes} of ${DAY_BYTES} bytes, ${beforeBytes} before the alerts`, countsOf(hub));
  expect(spentBytes).toBeLessThanOrEqual(DAY_BYTES + EXCESS_BYTES);
  expect(spentBytes).toBeGreaterThan(DAY_BYTES - KILL_COUNT * AHEAD_BYTES);
  expect(countsOf(hub)).toMatchObject({ 'a of sensors': ordinaryCount });
  expect(countsOf(hub)['a of alerts']).toBeGreaterThan(30);
  expect((await readStatus(configFile))?.links?.[0]).toMatchObject({
    ...{ id: 'sim', mode: 'normal', state: 'spent' },
    remedy: expect.stringContaining('raise maxBytesPerDay'),
  });

  await gateway.kill();
  gateway = await start();
  await until('the watcher has all alerts', LIMIT_MS, () => countsOf(watcher)['a of alerts'] === 200);
  expect(wire.carriedBytes).toBe(spentBytes);
  await gateway.kill();
  await configure(64 * DAY_BYTES);
  gateway = await start();
  await until('everything has arrived', LIMIT_MS, () => countsOf(hub)['a of sensors'] === 600);
  const once = { 'link.low': 1, 'link.spent': 1, 'link.restored': 1 };
  expect(countsOf(hub)).toEqual({ 'a of sensors': 600, 'a of alerts': 200, ...once });
  expect(countsOf(watcher)).toEqual({ 'a of alerts': 200, ...once });
  expect([...hub.contradictions, ...watcher.contradictions]).toEqual([]);
  await gateway.kill();
});

/** Events at a hub by what they are: those of a publisher by its counter, for a kill may take one in twice, alarms by their id. */
function countsOf(hub: CountingHub): Record<string, number> {
  const found = new Map<string, Set<string>>();
  for (const { topic, id, payload } of hub.distinct) {
    const [, , stream, name = ''] = topic.split('/');
    const isAlarm = name.startsWith('link.');
    const key = isAlarm ? name : `${name} of ${stream}`;
    const of = isAlarm ? id : String(parseCounted(Buffer.from(payload).toString()).counter);
    found.set(key, (found.get(key) ?? new Set()).add(of));
  }
  return Object.fromEntries([...found].map(([key, ids]) => [key, ids.size]));
}
