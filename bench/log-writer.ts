/**
 * A process of its own that writes events to one log, reads them back, and prints what it cost as one line of JSON.
 *
 * `node bench/log-writer.ts recycled|new|sqlite FOLDER EVENTS_PER_COMMIT COMMITS`
 */
import type { EventRecord } from '#gateway/model/message.ts';
import { systemDiskCounters } from '#gateway/runtime/disk-counters.ts';
import { seededRandom } from '#tests/support/seeded-random.ts';
import type { EventLog } from './event-log.ts';
import { openJournalLog } from './journal-log.ts';
import { sampleEvents } from './sample-events.ts';
import { openSqliteLog } from './sqlite-log.ts';

/** What one run cost, as it is printed. */
export interface LogCost {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
  readonly processBytesPerEvent?: number | undefined;
  readonly deviceBytesPerEvent?: number | undefined;
  readonly keptBytesPerEvent?: number | undefined;
}

/** Different events; they come round again, but never within one commit. */
const POOL_SIZE = 16_384;

const [engine, folder = '', perCommit, commits] = process.argv.slice(2);
const eventsPerCommit = Number(perCommit);
/** Before the measurement: code is compiled, and files exist. */
const warmUpCommits = Math.min(1000, 100_000 / eventsPerCommit);
const pool = sampleEvents(POOL_SIZE, seededRandom(114).next);
await using log =
  engine === 'sqlite' ? openSqliteLog(folder) : await openJournalLog(folder, engine === 'new' ? 'new' : 'recycled');
console.log(JSON.stringify(await measure(log, Number(commits))));

async function measure(measured: EventLog, commitCount: number): Promise<LogCost> {
  await commitMany(measured, warmUpCommits);
  const counters = systemDiskCounters(folder);
  const commitsBefore = measured.commitCount();
  const before = { ...counters.sample(), cpu: process.cpuUsage(), ms: performance.now() };
  await commitMany(measured, commitCount);
  const elapsedMs = performance.now() - before.ms;
  const cpu = process.cpuUsage(before.cpu);
  const after = counters.sample();
  const made = measured.commitCount() - commitsBefore;
  if (made !== commitCount) throw new Error(`${commitCount} commits were meant, ${made} were made`);
  const eventCount = commitCount * eventsPerCommit;
  await expectAll(measured, eventCount);
  const kept = await measured.keptBytes();
  const each = (now: number | undefined, first: number | undefined) =>
    now === undefined || first === undefined ? undefined : (now - first) / eventCount;
  return {
    eventsPerSecond: (1000 * eventCount) / elapsedMs,
    cpuUsPerEvent: (cpu.user + cpu.system) / eventCount,
    processBytesPerEvent: each(after.processBytes, before.processBytes),
    deviceBytesPerEvent: each(after.deviceBytes, before.deviceBytes),
    keptBytesPerEvent: kept && kept / ((commitCount + warmUpCommits) * eventsPerCommit),
  };
}

/** One commit after the other: where several are on their way, the journal makes one of them, and the events that share it are not counted. */
async function commitMany(to: EventLog, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await to.commit(eventsOf(index));
}

/** The events of one commit. */
function eventsOf(commitIndex: number): readonly EventRecord[] {
  const start = startOf(commitIndex);
  return pool.slice(start, start + eventsPerCommit);
}

/** Where in the pool the events of a commit begin. */
function startOf(commitIndex: number): number {
  return (commitIndex * eventsPerCommit) % (POOL_SIZE - eventsPerCommit + 1);
}

/** @throws Error if one of the last events is missing or is another */
async function expectAll(from: EventLog, eventCount: number): Promise<void> {
  let index = 0;
  for await (const payload of from.readLast(eventCount)) {
    const event = pool[startOf(Math.floor(index / eventsPerCommit)) + (index % eventsPerCommit)];
    if (event === undefined || Buffer.compare(payload, event.payload) !== 0)
      throw new Error(`event ${index} is another`);
    index += 1;
  }
  if (index !== eventCount) throw new Error(`${eventCount} events were committed, ${index} are there`);
}
