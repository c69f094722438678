import { join } from 'node:path';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { Child } from '#tests/support/child.ts';
import { runHonestPair } from './honest-pair.ts';
import { readResidentMib } from './process-stats.ts';
import { type Bench, inAlternation, startPeer } from './scenario.ts';
import { JOURNALED_TOPIC } from './waystation-peer.ts';

/** An honest pair of clients beside those that nobody would wish for, see `hostile-clients.ts`. */
export async function measureAdversaries(bench: Bench): Promise<void> {
  await inAlternation(bench, 'adversaries', bench.peers, async (peer) => {
    await using running = await startPeer(bench, peer, { hasTls: true, isUnthrottled: false });
    await using hostile = await startHostileClients(running.port, running.tlsPort);
    const topic = `${JOURNALED_TOPIC}/honest`;
    const { port, pid } = running;
    const key = { scenario: 'adversaries', subject: peer.name } as const;
    const found: string[] = [];
    for (const [when, durationMs] of [
      ['first seconds', bench.loadMs],
      ['later', 5 * bench.loadMs],
    ] as const) {
      // One that stalls everybody is a result, not a failure of the benchmark.
      const result = await runHonestPair({ port }, topic, durationMs).catch((error: Error) => error);
      if (result instanceof Error) {
        found.push(result.message);
        break;
      }
      bench.log.add({ ...key, what: `median, ${when}`, unit: 'ms' }, result.deliveryP50Ms);
      bench.log.add({ ...key, what: `99th percentile, ${when}`, unit: 'ms' }, result.deliveryP99Ms);
      found.push(`${result.deliveryP99Ms.toFixed(1)} ms`);
    }
    const residentMib = await readResidentMib(pid);
    bench.log.add({ ...key, what: 'memory', unit: 'MiB' }, residentMib);
    await hostile.stop();
    return `${found.join(', ')}, ${residentMib.toFixed(0)} MiB`;
  });
}

/** Starts them, and waits until they are all at it. */
export async function startHostileClients(port: number, tlsPort = 0): Promise<Child> {
  const script = join(CHECKOUT, 'bench/hostile-clients.ts');
  const child = new Child(process.execPath, [script, String(port), String(tlsPort)]);
  try {
    await child.waitForLine(/^ready$/, 30_000);
  } catch (error) {
    await child.kill();
    throw error;
  }
  return child;
}
