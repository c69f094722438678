import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '#tests/support/free-ports.ts';
import { untilReady } from './peer.ts';
import { runLoad } from './run-load.ts';
import { type Bench, inAlternation, openFolder, UPTIME_MS } from './scenario.ts';
import { JOURNALED_TOPIC } from './waystation-peer.ts';

/** From the start of the process to the PUBACK of the first event: for Waystation, that event is on disk. */
export async function measureColdStart(bench: Bench): Promise<void> {
  await inAlternation(bench, 'cold-start', bench.peers, async (peer) => {
    await using stack = new AsyncDisposableStack();
    const folder = await openFolder(bench, stack);
    const samples: string[] = [];
    for (const what of ['first start', 'second start']) {
      const port = await findFreePort();
      const startedMs = performance.now();
      await using child = await peer.start(folder, port);
      await untilReady(child, port);
      await runLoad({ port, topic: JOURNALED_TOPIC, qos: 1, messageCountEach: 1, ...ONE_PUBLISH });
      const elapsedMs = performance.now() - startedMs;
      bench.log.add({ scenario: 'cold-start', what, subject: peer.name, unit: 'ms' }, elapsedMs);
      samples.push(`${elapsedMs.toFixed(0)} ms`);
      await delay(UPTIME_MS);
      await child.stop();
    }
    return samples.join(', again ');
  });
}

const ONE_PUBLISH = { publisherCount: 1, windowSize: 1, subscriberCount: 0 } as const;
