import type { DeliveryCost } from './delivery-drain.ts';
import { runForJson } from './journal.ts';
import { type Bench, inAlternation, openFolder } from './scenario.ts';

const EVENT_COUNT = 100_000;

const SUBJECTS = [
  { name: 'per event', eventsPerSend: 1 },
  { name: 'batched', eventsPerSend: 100 },
] as const;

/** What the way from the journal to an acknowledged cursor costs, without any target. */
export async function measureDelivery(bench: Bench): Promise<void> {
  await inAlternation(bench, 'delivery', SUBJECTS, async ({ name: subject, eventsPerSend }) => {
    await using stack = new AsyncDisposableStack();
    const folder = await openFolder(bench, stack);
    const args = [String(eventsPerSend), folder, String(EVENT_COUNT)];
    const cost: DeliveryCost = await runForJson('bench/delivery-drain.ts', args);
    const key = { scenario: 'delivery', subject } as const;
    bench.log.add({ ...key, what: 'rate', unit: 'events/s' }, cost.eventsPerSecond);
    bench.log.add({ ...key, what: 'processor time per event', unit: 'µs' }, cost.cpuUsPerEvent);
    return `${Math.round(cost.eventsPerSecond)} events/s, ${cost.cpuUsPerEvent.toFixed(1)} µs per event`;
  });
}
