import { runLoad } from './run-load.ts';
import { type Bench, inAlternation, startPeer } from './scenario.ts';
import { PLAIN_TOPIC } from './waystation-peer.ts';

const SUBSCRIBER_COUNTS = [1, 10, 100] as const;

/** Deliveries per second from one publisher to many subscribers. */
export async function measureFanOut(bench: Bench): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const running = [];
  for (const peer of bench.peers) running.push(stack.use(await startPeer(bench, peer)));
  for (const qos of [0, 1] as const) {
    for (const subscriberCount of SUBSCRIBER_COUNTS) {
      const load = { topic: PLAIN_TOPIC, qos, subscriberCount, publisherCount: 1, windowSize: 100 };
      const durationMs = bench.loadMs / 2;
      for (const { port } of running) await runLoad({ ...load, port, durationMs: durationMs / 2 });
      const what = `QoS ${qos} to ${subscriberCount}`;
      await inAlternation(bench, what, running, async ({ name: subject, port }) => {
        const result = await runLoad({ ...load, port, durationMs });
        const deliveriesPerSecond = result.messagesPerSecond * subscriberCount;
        bench.log.add({ scenario: 'fan-out', what, subject, unit: 'deliveries/s' }, deliveriesPerSecond);
        return `${Math.round(deliveriesPerSecond)} deliveries/s`;
      });
    }
  }
}
