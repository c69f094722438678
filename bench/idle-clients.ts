import { setTimeout as delay } from 'node:timers/promises';
import { LoadClient } from './load-client.ts';
import { readResidentMib } from './process-stats.ts';
import { type Bench, inAlternation, startPeer } from './scenario.ts';

const CLIENT_COUNT = 1000;
/** Logged in side by side. */
const BATCH_SIZE = 20;
/** How long a process may settle before its memory is read. */
const SETTLE_MS = 1000;

/** Resident memory of one client that is logged in, subscribed, and silent. */
export async function measureIdleClients(bench: Bench): Promise<void> {
  await inAlternation(bench, 'idle-clients', bench.peers, async (peer) => {
    await using running = await startPeer(bench, peer);
    using stack = new DisposableStack();
    // Code that is compiled at the first login is not the first client's.
    await openIdle(running.port, 'warm', BATCH_SIZE, stack);
    await delay(SETTLE_MS);
    const beforeMib = await readResidentMib(running.pid);
    for (let count = 0; count < CLIENT_COUNT; count += BATCH_SIZE) {
      await openIdle(running.port, `idle-${count}`, BATCH_SIZE, stack);
    }
    await delay(SETTLE_MS);
    const eachKib = (1024 * ((await readResidentMib(running.pid)) - beforeMib)) / CLIENT_COUNT;
    bench.log.add({ scenario: 'idle-clients', what: 'one client', subject: peer.name, unit: 'KiB' }, eachKib);
    return `${eachKib.toFixed(1)} KiB a client`;
  });
}

async function openIdle(port: number, prefix: string, count: number, stack: DisposableStack): Promise<void> {
  const opened = Array.from({ length: count }, (_, index) => {
    const name = `${prefix}-${index}`;
    return LoadClient.openSubscriber({ port }, name, { filter: `idle/${name}`, qos: 1 }, () => {});
  });
  for (const client of await Promise.all(opened)) stack.use(client);
}
