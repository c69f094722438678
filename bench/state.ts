import { setTimeout as sleep } from 'node:timers/promises';
import { readProcessWrittenBytes, systemDiskCounters } from '#gateway/runtime/disk-counters.ts';
import { LoadSubscriber } from './load-subscriber.ts';
import { findKeepingMosquitto } from './other-peers.ts';
import type { Peer } from './peer.ts';
import { runLoad } from './run-load.ts';
import { type Bench, inAlternation, startPeer } from './scenario.ts';
import { JOURNALED_TOPIC, PLAIN_TOPIC, waystationPeer } from './waystation-peer.ts';

const MESSAGE_COUNT = 2000;
const WINDOW_SIZE = 10;
/** What is written lazily is written by then, by either broker. */
const SETTLE_MS = 7000;
const FILTERS = { journaled: JOURNALED_TOPIC, plain: PLAIN_TOPIC } as const;
const SUBSCRIBERS = ['none', 'online', 'offline'] as const;

/**
 * Bytes written per message, by who has subscribed with a session that is kept: nobody, somebody who takes each message at once, or
 * somebody who is away. What the subscriber costs is the difference.
 */
export async function measureState(bench: Bench): Promise<void> {
  const mosquitto = await findKeepingMosquitto();
  const peers: readonly Peer[] = 'start' in mosquitto ? [waystationPeer, mosquitto] : [waystationPeer];
  const subjects = peers.flatMap((peer) =>
    SUBSCRIBERS.flatMap((subscriber) =>
      // Only Waystation makes a difference between topics.
      (peer === waystationPeer ? (['journaled', 'plain'] as const) : (['plain'] as const)).map((topic) => ({
        ...{ peer, subscriber, topic },
        name: `${peer.name}, ${subscriber === 'none' ? 'no subscriber' : subscriber}`,
      })),
    ),
  );
  await inAlternation(bench, 'state', subjects, async ({ peer, subscriber, topic, name: subject }) => {
    await using running = await startPeer(bench, peer);
    const counters = systemDiskCounters(running.folder);
    const filter = `${FILTERS[topic]}/#`;
    using keeper = new LoadSubscriber(1);
    if (subscriber !== 'none') await keeper.connect({ port: running.port, keepsSession: true }, 'bench-keeper', filter);
    if (subscriber === 'offline') keeper[Symbol.dispose]();
    await sleep(SETTLE_MS);
    const read = () => ({ process: readProcessWrittenBytes(running.pid), device: counters.sample().deviceBytes });
    const before = read();
    const { messageCount } = await runLoad({
      ...{ port: running.port, topic: FILTERS[topic], qos: 1, publisherCount: 1, windowSize: WINDOW_SIZE },
      ...{ isLockstep: true, messageCountEach: MESSAGE_COUNT, subscriberCount: 0 },
    });
    await sleep(SETTLE_MS);
    const after = read();
    if (subscriber === 'online' && keeper.deliveredCount < messageCount) throw new Error(`${subject} lost messages`);
    const key = { scenario: 'state', subject, unit: 'bytes' } as const;
    const each = (last: number | undefined, first: number | undefined) =>
      last === undefined || first === undefined ? undefined : (last - first) / messageCount;
    const byProcess = each(after.process, before.process);
    bench.log.add({ ...key, what: `written per message, ${topic}, by process accounting` }, byProcess);
    bench.log.add(
      { ...key, what: `written per message, ${topic}, at the block device` },
      each(after.device, before.device),
    );
    return `${topic}: ${byProcess?.toFixed(0)} bytes per message`;
  });
}
