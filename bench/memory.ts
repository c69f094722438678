import { setTimeout as delay } from 'node:timers/promises';
import { readResidentMib } from './process-stats.ts';
import { runLoad } from './run-load.ts';
import { type Bench, inAlternation, startPeer } from './scenario.ts';
import { LOAD_SHAPE } from './throughput.ts';
import { JOURNALED_TOPIC } from './waystation-peer.ts';

/** How long a process may settle before its memory is read. */
const SETTLE_MS = 1000;

/** Resident memory of a process that was started anew where one ran before, and after the durable load. */
export async function measureMemory(bench: Bench): Promise<void> {
  await inAlternation(bench, 'memory', bench.peers, async (peer) => {
    await using running = await startPeer(bench, peer, { which: 'second' });
    const key = { scenario: 'memory', subject: peer.name, unit: 'MiB' } as const;
    await delay(SETTLE_MS);
    const idle = await readResidentMib(running.pid);
    bench.log.add({ ...key, what: 'idle' }, idle);
    await runLoad({ port: running.port, topic: JOURNALED_TOPIC, qos: 1, durationMs: bench.loadMs, ...LOAD_SHAPE });
    await delay(SETTLE_MS);
    const loaded = await readResidentMib(running.pid);
    bench.log.add({ ...key, what: 'after the durable load' }, loaded);
    return `${idle.toFixed(0)} MiB idle, ${loaded.toFixed(0)} MiB after load`;
  });
}
