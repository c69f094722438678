import { setTimeout as sleep } from 'node:timers/promises';
import { readProcessWrittenBytes } from '#gateway/runtime/disk-counters.ts';
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
const TOPICS = { journaled: JOURNALED_TOPIC, plain: PLAIN_TOPIC } as const;
const SUBSCRIBERS = ['none', 'online', 'offline'] as const;

/**
 * Bytes written per message, by who has subscribed with a session that is kept: nobody, somebody who takes each message at once, or
 * somebody who is away. What the subscriber costs is the difference; by process accounting, without what the file system adds.
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
  await inAlternation(bench, 'state', subjects, (subject) => measureOne(bench, subject));
}

interface Subject {
  readonly peer: Peer;
  readonly subscriber: (typeof SUBSCRIBERS)[number];
  readonly topic: keyof typeof TOPICS;
  readonly name: string;
}

async function measureOne(bench: Bench, { peer, subscriber, topic, name: subject }: Subject): Promise<string> {
  await using running = await startPeer(bench, peer);
  using keeper = new LoadSubscriber(1);
  const { port } = running;
  if (subscriber !== 'none') await keeper.connect({ port, keepsSession: true }, 'bench-keeper', `${TOPICS[topic]}/#`);
  if (subscriber === 'offline') keeper[Symbol.dispose]();
  await sleep(SETTLE_MS);
  const before = readProcessWrittenBytes(running.pid);
  const { messageCount } = await runLoad({
    ...{ port, topic: TOPICS[topic], qos: 1, publisherCount: 1, windowSize: WINDOW_SIZE },
    ...{ isLockstep: true, messageCountEach: MESSAGE_COUNT, subscriberCount: 0 },
  });
  await sleep(SETTLE_MS);
  const after = readProcessWrittenBytes(running.pid);
  if (subscriber === 'online' && keeper.deliveredCount < messageCount) throw new Error(`${subject} lost messages`);
  const each = after === undefined || before === undefined ? undefined : (after - before) / messageCount;
  bench.log.add({ scenario: 'state', subject, unit: 'bytes', what: `written per message, ${topic} topic` }, each);
  return `${topic}: ${each?.toFixed(0)} bytes per message`;
}
