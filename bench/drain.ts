import { findFreePorts } from '#tests/support/free-ports.ts';
import { until } from '#tests/support/until.ts';
import { DrainingHub } from './draining-hub.ts';
import { untilReady } from './peer.ts';
import { runLoad } from './run-load.ts';
import { type Bench, inAlternation, openFolder } from './scenario.ts';
import { JOURNALED_TOPIC, startWaystation, waystationPeer } from './waystation-peer.ts';

/** Events that wait when the hub comes back. */
const BACKLOG_PER_PUBLISHER = 3000;
const PUBLISHER_COUNT = 10;
/** The gateway may be waiting to try again; then everything must come. */
const DRAIN_LIMIT_MS = 90_000;

/** Events per second that reach a hub after an outage: one publish per event, structured envelope, MQTT 3.1.1. */
export async function measureDrain(bench: Bench): Promise<void> {
  await inAlternation(bench, 'drain', [waystationPeer], async ({ name: subject }) => {
    await using stack = new AsyncDisposableStack();
    const folder = await openFolder(bench, stack);
    const [port = 0, hubPort = 0] = await findFreePorts(2);
    await using gateway = await startWaystation(folder, port, { hubPort });
    await untilReady(gateway, port);
    const { messageCount } = await runLoad({
      port,
      topic: JOURNALED_TOPIC,
      qos: 1,
      publisherCount: PUBLISHER_COUNT,
      windowSize: 100,
      messageCountEach: BACKLOG_PER_PUBLISHER,
      subscriberCount: 0,
    });
    await using hub = await DrainingHub.open(hubPort);
    await until('the hub has the backlog', DRAIN_LIMIT_MS, () => hub.eventCount >= messageCount);
    if (hub.eventCount !== messageCount) throw new Error(`published ${messageCount} events, got ${hub.eventCount}`);
    const eventsPerSecond = (1000 * messageCount) / hub.elapsedMs;
    bench.log.add({ scenario: 'drain', what: 'rate', subject, unit: 'events/s' }, eventsPerSecond);
    return `${Math.round(eventsPerSecond)} events/s`;
  });
}
