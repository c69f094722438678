/**
 * A process of its own that delivers a backlog to a target which takes everything in the next turn of the event loop, and prints
 * what the way from the journal through the filter to the acknowledged cursor cost, as one line of JSON.
 *
 * `node bench/delivery-drain.ts EVENTS_PER_SEND FOLDER EVENTS`
 */
import { join } from 'node:path';
import { WaystationError } from '#gateway/model/errors.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { openLogger } from '#gateway/runtime/logger.ts';
import { openDelivery } from '#gateway/sinks/delivery/delivery.ts';
import { FakeDeadLetters } from '#gateway/sinks/delivery/fake-dead-letters.ts';
import { ACCEPTED, type Outcome, type Packet, type TargetConnection } from '#gateway/sinks/delivery/target.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import { seededRandom } from '#tests/support/seeded-random.ts';
import { until } from '#tests/support/until.ts';
import { appendAll, openBenchJournal } from './journal-log.ts';
import { sampleEvents } from './sample-events.ts';

/** What one run cost, as it is printed. */
export interface DeliveryCost {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
}

const APPENDED_AT_A_TIME = 5000;
const DRAIN_LIMIT_MS = 60_000;
/** As an MQTT hub has it unless configured, in sends. */
const WINDOW_SENDS = 100;

const [perSend, folder = '', events] = process.argv.slice(2);
const maxEvents = Number(perSend);
const eventCount = Number(events);
const window = { maxEvents: maxEvents === 1 ? WINDOW_SENDS : 4 * maxEvents, maxBytes: 2 ** 20, ackTimeoutMs: 10_000 };
console.log(JSON.stringify(await drain()));

async function drain(): Promise<DeliveryCost> {
  const { journal, stream } = await openBenchJournal(join(folder, 'journal'));
  await using _ = journal;
  const made = sampleEvents(eventCount, seededRandom(87).next);
  for (let start = 0; start < eventCount; start += APPENDED_AT_A_TIME)
    await appendAll(stream, made.slice(start, start + APPENDED_AT_A_TIME));
  const before = { cpu: process.cpuUsage(), ms: performance.now() };
  await using delivery = await openDelivery({
    ...{ id: 'hub', from: 'oldest', lanes: [stream.id], journal, deadLetters: new FakeDeadLetters() },
    ...{ target: { type: 'nothing', prepare, connect }, clock: systemClock, logger: openLogger('warn') },
    shaper: compileShaper([{ topics: ['devices/+/sky'], drop: true }]),
    policy: {
      ...{ window, order: 'oldestFirst', urgentLanes: [], meteredLanes: [], random: Math.random },
      ...{ connectTimeoutMs: 10_000, pauseMs: 60_000, drainTimeoutMs: 3000, timeoutCode: 'hub.timeout' as const },
      retry: { firstDelayMs: 1000, maxDelayMs: 60_000 },
    },
  });
  await until('everything is delivered', DRAIN_LIMIT_MS, () => delivery.status().acknowledgedCount === eventCount);
  const cpu = process.cpuUsage(before.cpu);
  return {
    eventsPerSecond: (1000 * eventCount) / (performance.now() - before.ms),
    cpuUsPerEvent: (cpu.user + cpu.system) / eventCount,
  };
}

function prepare({ stored: { record } }: { readonly stored: { readonly record: { payload: Uint8Array } } }): Packet {
  return { sizeBytes: record.payload.length };
}

async function connect(): Promise<TargetConnection<Packet>> {
  const { promise: closed, resolve: close } = Promise.withResolvers<WaystationError>();
  let waiting: ((outcome: Outcome) => void)[] = [];
  const answer = () => {
    const answered = waiting;
    waiting = [];
    for (const resolve of answered) resolve(ACCEPTED);
  };
  return {
    grant: { maxInFlightSends: 65_535, maxPacketBytes: 2 ** 20, maxEventsPerSend: maxEvents },
    closed,
    send: () =>
      new Promise((resolve) => {
        if (waiting.push(resolve) === 1) setImmediate(answer);
      }),
    [Symbol.asyncDispose]: async () => close(new WaystationError('hub.unreachable', 'The connection was closed.')),
  };
}
