import { LoadClient, type Target } from './load-client.ts';
import { type Bench, inAlternation, startPeer } from './scenario.ts';
import { percentile } from './statistics.ts';

/** Loops that log in side by side; fewer than connections without a login that the brokers hold. */
const LOOP_COUNT = 20;

/** Logins per second, each on a connection of its own. */
export async function measureConnects(bench: Bench): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const running = [];
  for (const peer of bench.peers) running.push(stack.use(await startPeer(bench, peer)));
  for (const { port } of running) await logInRepeatedly({ port }, bench.loadMs / 2);
  await inAlternation(bench, 'connects', running, async ({ name: subject, port }) => {
    const { loginsPerSecond, latencyP99Ms } = await logInRepeatedly({ port }, bench.loadMs);
    const key = { scenario: 'connects', subject } as const;
    bench.log.add({ ...key, what: 'rate', unit: 'logins/s' }, loginsPerSecond);
    bench.log.add({ ...key, what: 'login 99th percentile', unit: 'ms' }, latencyP99Ms);
    return `${Math.round(loginsPerSecond)} logins/s`;
  });
}

/** What came of logging in for a while. */
export async function logInRepeatedly(target: Target, durationMs: number) {
  const startedMs = performance.now();
  const latenciesMs: number[] = [];
  const loop = async (index: number) => {
    for (let count = 0; performance.now() - startedMs < durationMs; count++) {
      const beganMs = performance.now();
      using _client = await LoadClient.open(target, `bench-${index}-${count}`, () => {});
      latenciesMs.push(performance.now() - beganMs);
    }
  };
  await Promise.all(Array.from({ length: LOOP_COUNT }, (_, index) => loop(index)));
  const seconds = (performance.now() - startedMs) / 1000;
  const latencyP99Ms = percentile(Float64Array.from(latenciesMs).sort(), 0.99);
  return { loginsPerSecond: latenciesMs.length / seconds, latencyP99Ms };
}
