import { join } from 'node:path';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { openJournalFolder } from '#gateway/journal/read-folder.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import type { Child } from './child.ts';
import { findFreePort } from './free-ports.ts';
import { PUBLISHER, startReadyGateway, testConfig, writeConfig } from './gateway-process.ts';
import { openScratchFolder } from './scratch-folder.ts';
import type { SeededRandom } from './seeded-random.ts';
import { SessionLoad } from './session-load.ts';
import { until } from './until.ts';

/** What came of {@link killBroker}. */
export interface KillBrokerOutcome {
  /** To be empty. */
  readonly violations: readonly string[];
  readonly acknowledgedCount: number;
  /** Kills that found publishes without an answer. */
  readonly hitCount: number;
  /** QoS 1 messages that came again. */
  readonly repeatCount: number;
  /** QoS 2 publishes that the journal has more than once. */
  readonly journaledTwice: readonly string[];
}

const MAX_ANSWERS = 200;

/** Kills a gateway under the load of publishers and subscribers with persistent sessions, `count` times, and looks what they got. */
export async function killBroker(count: number, random: SeededRandom): Promise<KillBrokerOutcome> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await openScratchFolder());
  const port = await findFreePort();
  const configFile = await writeConfig(folder.path, sessionsConfig(port));
  let gateway: Child = await startReadyGateway(configFile, port);
  cleanup.defer(async () => {
    await gateway.kill();
  });
  const load = cleanup.use(new SessionLoad({ port, ...PUBLISHER }));
  await load.start();
  let hitCount = 0;
  for (let killed = 0; killed < count; killed++) {
    const target = load.acknowledgedCount + random.integer(1, MAX_ANSWERS);
    await until('enough is acknowledged for the next kill', 20_000, () => load.acknowledgedCount >= target);
    await gateway.kill();
    if (load.publishers.some(({ openCount }) => openCount > 0)) hitCount++;
    gateway = await startReadyGateway(configFile, port);
  }
  await load.finish(20_000);
  const violations = await load.violations();
  const { acknowledgedCount, repeatCount } = load;
  await gateway.stop();
  return { violations, acknowledgedCount, hitCount, repeatCount, journaledTwice: await findTwice(folder.path) };
}

/** One login that may do everything: `chat/#` is in no stream. */
function sessionsConfig(brokerPort: number) {
  const config = testConfig({ brokerPort });
  const client = { username: PUBLISHER.username, passwordFile: 'secrets/publisher', publish: ['#'], subscribe: ['#'] };
  const listeners = [{ type: 'mqtt', host: '127.0.0.1', port: brokerPort }];
  return { ...config, broker: { listeners, clients: [client] } };
}

/** Every QoS 2 publish that stands in the journal under two sequences. */
async function findTwice(folder: string): Promise<readonly string[]> {
  const telemetry = parseStreamId('telemetry');
  if (telemetry === undefined) return [];
  const directory = join(folder, 'data', 'journal');
  const host = { storage: nodeStorage, clock: systemClock, logger: new MemoryLogger() };
  await using journal = await openJournalFolder({ directory, ...host, streams: [{ id: telemetry }] });
  const stream = journal.stream(telemetry);
  const seen = new Set<string>();
  const twice: string[] = [];
  for (let from = stream.oldestSequence; from <= stream.syncedSequence; ) {
    const { records, nextSequence } = await stream.read(from, { maxEvents: 1000, maxBytes: 2 ** 20 });
    for (const { record } of records) {
      const text = Buffer.from(record.payload).toString();
      if (record.qos === 2 && seen.has(text)) twice.push(text);
      seen.add(text);
    }
    from = nextSequence;
  }
  return twice;
}
