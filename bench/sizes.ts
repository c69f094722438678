import { runLoad } from './run-load.ts';
import { type Bench, inAlternation, startPeer } from './scenario.ts';
import { LOAD_SHAPE, LOADS } from './throughput.ts';

const PAYLOAD_SIZES_BYTES = [64, 128, 256] as const;
const PUBLISHER_COUNTS = [1, 10] as const;

/** Messages per second of the three loads, by payload and number of publishers. */
export async function measureSizes(bench: Bench): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const running = [];
  for (const peer of bench.peers) running.push(stack.use(await startPeer(bench, peer)));
  const durationMs = bench.loadMs / 2;
  for (const { port } of running) await runLoad({ ...LOADS.durable, ...LOAD_SHAPE, port, durationMs });
  for (const [name, load] of Object.entries(LOADS)) {
    for (const payloadBytes of PAYLOAD_SIZES_BYTES) {
      for (const publisherCount of PUBLISHER_COUNTS) {
        const what = `${name}, ${payloadBytes} B, ${publisherCount === 1 ? '1 publisher' : `${publisherCount} publishers`}`;
        await inAlternation(bench, what, running, async ({ name: subject, port }) => {
          const shape = { ...LOAD_SHAPE, publisherCount, payloadBytes };
          const result = await runLoad({ ...load, ...shape, port, durationMs });
          bench.log.add({ scenario: 'sizes', what, subject, unit: 'messages/s' }, result.messagesPerSecond);
          return `${Math.round(result.messagesPerSecond)} messages/s`;
        });
      }
    }
  }
}
