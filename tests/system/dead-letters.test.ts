import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
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
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const PATIENCE_MS = 40_000;
const KILLS = 2;
/** Half of them are refused, each after some requests of its own. */
const EVENTS_PER_LIFE = 60;
const GOOD = 'sensors/good';
const BAD = 'sensors/bad';

/** A receiver of web hooks that refuses every batch with an event of one topic in it, until told otherwise. */
async function openReceiver(cleanup: AsyncDisposableStack) {
  const receiver = { isStrict: true, taken: new Set<string>(), refusedCount: 0 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method !== 'POST') return response.writeHead(204).end();
    // What the gateway sends is a batch of CloudEvents by its contract.
    const events = JSON.parse(Buffer.concat(chunks).toString()) as { id: string; type: string; subject: string }[];
    if (receiver.isStrict && events.some(({ subject }) => subject === BAD)) {
      receiver.refusedCount++;
      return response.writeHead(422).end('not that');
    }
    for (const { id, type, subject } of events) if (type !== 'gateway.lost') receiver.taken.add(`${id} ${subject}`);
    return response.writeHead(200).end();
  });
  const port = await findFreePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  cleanup.defer(() => server.closeAllConnections());
  cleanup.defer(() => void server.close());
  return { receiver, url: `http://127.0.0.1:${port}/hook` };
}

it('letters of a gateway that is killed while it buries: each refused event is one, and none was passed over [D6 J10]', async () => {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await openScratchFolder()).path;
  const { receiver, url } = await openReceiver(cleanup);
  const brokerPort = await findFreePort();
  const sink = { id: 'hook', type: 'webhook', url, lanes: ['telemetry'], credentials: { secretFile: 'secrets/hub' } };
  const configFile = await writeConfig(folder, { ...testConfig({ brokerPort }), sinks: [sink] });
  const start = async () => cleanup.use(await startReadyGateway(configFile, brokerPort));
  let gateway = await start();
  const publisher = cleanup.use(
    new CountingPublisher({ port: brokerPort, ...PUBLISHER, clientId: 'both', topics: [GOOD, BAD], windowSize: 4 }),
  );
  publisher.limit = EVENTS_PER_LIFE;
  publisher.start();
  for (let kill = 0; kill < KILLS; kill++) {
    const { refusedCount } = receiver;
    await until('some are refused', PATIENCE_MS, () => receiver.refusedCount > refusedCount + 10);
    // At another moment each time, between a refusal, its letter and the cursor.
    await sleep(kill * 7);
    await gateway.kill();
    gateway = await start();
    publisher.limit = EVENTS_PER_LIFE * (kill + 2);
  }
  await until('all is published', PATIENCE_MS, () => publisher.madeCount === EVENTS_PER_LIFE * (KILLS + 1));
  await publisher.finish(PATIENCE_MS);
  await untilStatus('all is sent or buried', configFile, PATIENCE_MS, ({ sinks }) =>
    sinks.every(({ state, lanes }) => state === 'online' && lanes.every((each) => each.backlogCount === 0)),
  );

  const letters = await readLetters(configFile);
  const ids = letters.map(({ id }) => id.replace('hook/', ''));
  expect(new Set(ids).size).toBe(ids.length);
  expect(letters.every(({ topic }) => topic === BAD)).toBe(true);
  expect([...receiver.taken].filter((each) => each.endsWith(BAD))).toEqual([]);
  const taken = [...receiver.taken].map((each) => each.replace(` ${GOOD}`, ''));
  const sequences = [...ids, ...taken].map((id) => Number(id.split('/').at(-1))).sort((a, b) => a - b);
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  expect(sequences.length).toBeGreaterThanOrEqual(publisher.acknowledgedCount);

  // Marked while no gateway runs; those that are refused again stay, and have to be marked anew.
  await gateway.stop();
  const { stdout } = await runWaystation('dead-letters', 'redrive', '--all', '-c', configFile);
  expect(stdout).toMatch(/^\d+ dead letters? will be sent again, behind everything else, once the gateway runs\n$/);
  const { refusedCount } = receiver;
  await start();
  await untilStatus('all were refused again', configFile, PATIENCE_MS, ({ deadLetters }) =>
    deadLetters.sinks.every(({ count, redrivingCount }) => count === ids.length && redrivingCount === 0),
  );
  expect(receiver.refusedCount - refusedCount).toBeGreaterThanOrEqual(ids.length);
  receiver.isStrict = false;
  await runWaystation('dead-letters', 'redrive', '--all', '-c', configFile);
  await untilStatus('none is left', configFile, PATIENCE_MS, ({ deadLetters }) => deadLetters.count === 0);
  expect([...receiver.taken].filter((each) => each.endsWith(BAD))).toHaveLength(ids.length);
}, 120_000);

async function readLetters(configFile: string): Promise<readonly { readonly id: string; readonly topic: string }[]> {
  const { stdout } = await runWaystation('dead-letters', 'list', '--json', '-c', configFile);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
