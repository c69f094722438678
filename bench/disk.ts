import { readProcessWrittenBytes, systemDiskCounters } from '#gateway/runtime/disk-counters.ts';
import { runLoad } from './run-load.ts';
import { type Bench, inAlternation, startPeer } from './scenario.ts';
import { JOURNALED_TOPIC, waystationPeer } from './waystation-peer.ts';

/** Events per commit, and how many commits are measured. */
const COMMITS = [
  { events: 1, count: 400 },
  { events: 10, count: 200 },
  { events: 100, count: 100 },
] as const;

/**
 * Bytes written per event: one publisher that waits until its whole window is acknowledged makes one commit per window.
 * A process is not charged for what the file system writes on its behalf; the device tells that too, but also what others write.
 */
export async function measureDisk(bench: Bench): Promise<void> {
  await using running = await startPeer(bench, waystationPeer);
  const counters = systemDiskCounters(running.folder);
  const readCounters = () => ({
    process: readProcessWrittenBytes(running.pid),
    device: counters.sample().deviceBytes,
  });
  const subjects = COMMITS.map((commit) => ({ ...commit, name: `${commit.events} per commit` }));
  await inAlternation(bench, 'disk', subjects, async ({ name: subject, events, count }) => {
    const before = readCounters();
    const { messageCount } = await runLoad({
      port: running.port,
      topic: JOURNALED_TOPIC,
      qos: 1,
      publisherCount: 1,
      windowSize: events,
      isLockstep: true,
      messageCountEach: events * count,
      subscriberCount: 0,
    });
    const after = readCounters();
    const key = { scenario: 'disk', subject, unit: 'bytes' } as const;
    const each = (count: number | undefined, first: number | undefined) =>
      count === undefined || first === undefined ? undefined : (count - first) / messageCount;
    const byProcess = each(after.process, before.process);
    bench.log.add({ ...key, what: 'written per event, by process accounting' }, byProcess);
    bench.log.add({ ...key, what: 'written per event, at the block device' }, each(after.device, before.device));
    return `${byProcess?.toFixed(0)} bytes per event`;
  });
}
