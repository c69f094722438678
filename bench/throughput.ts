import type { ScenarioName } from './measurement.ts';
import { readCpuMs } from './process-stats.ts';
import { type LoadOptions, runLoad } from './run-load.ts';
import { type Bench, inAlternation, startPeer } from './scenario.ts';
import { JOURNALED_TOPIC, PLAIN_TOPIC } from './waystation-peer.ts';

/** What the three throughput scenarios differ in. */
type Load = Pick<LoadOptions, 'topic' | 'qos'>;

/** The loads by their scenario. */
export const LOADS = {
  durable: { topic: JOURNALED_TOPIC, qos: 1 },
  'plain-qos1': { topic: PLAIN_TOPIC, qos: 1 },
  'plain-qos0': { topic: PLAIN_TOPIC, qos: 0 },
} as const satisfies Partial<Record<ScenarioName, Load>>;

/** Ten publishers, a hundred publishes in flight each, one subscriber that takes everything. */
export const LOAD_SHAPE = { publisherCount: 10, windowSize: 100, subscriberCount: 1 } as const;

/** Messages per second of the brokers, and what a message costs them. */
export async function measureThroughput(bench: Bench, scenario: keyof typeof LOADS): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const running = [];
  for (const peer of bench.peers) running.push(stack.use(await startPeer(bench, peer)));
  const load = { ...LOADS[scenario], ...LOAD_SHAPE, durationMs: bench.loadMs };
  // Compiled code comes with use; the first run is not counted.
  for (const { port } of running) await runLoad({ ...load, port });
  await inAlternation(bench, scenario, running, async ({ name: subject, port, pid }) => {
    const before = await readCpuMs(pid);
    const result = await runLoad({ ...load, port });
    const cpuMicroseconds = (1000 * ((await readCpuMs(pid)) - before)) / result.messageCount;
    const { log } = bench;
    log.add({ scenario, what: 'rate', subject, unit: 'messages/s' }, result.messagesPerSecond);
    log.add({ scenario, what: 'processor time per message', subject, unit: 'µs' }, cpuMicroseconds);
    log.add({ scenario, what: 'PUBACK median', subject, unit: 'ms' }, result.latencyP50Ms);
    log.add({ scenario, what: 'PUBACK 99th percentile', subject, unit: 'ms' }, result.latencyP99Ms);
    return `${Math.round(result.messagesPerSecond)} messages/s`;
  });
}
