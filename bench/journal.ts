import { runToEnd } from '#tests/support/child.ts';
import type { LogCost } from './log-writer.ts';
import { type Bench, inAlternation, openFolder } from './scenario.ts';

/** Events per commit, and how many commits are measured: SQLite moves its log into the table every thousand pages. */
const SIZES = [
  { events: 1, commits: 1500 },
  { events: 10, commits: 1000 },
  { events: 100, commits: 600 },
  { events: 1000, commits: 300 },
] as const;

const SUBJECTS = [
  { name: 'Waystation', engine: 'recycled' },
  { name: 'Waystation, first fill', engine: 'new' },
  { name: 'SQLite', engine: 'sqlite' },
] as const;

/** What an event costs the disk and the processor, by the number of events that share a commit; the journal alone, beside SQLite. */
export async function measureJournal(bench: Bench): Promise<void> {
  for (const { events, commits } of SIZES) {
    const title = `journal ${events}`;
    await inAlternation(bench, title, SUBJECTS, async ({ name: subject, engine }) => {
      await using stack = new AsyncDisposableStack();
      const folder = await openFolder(bench, stack);
      const args = [engine, folder, events, commits].map(String);
      const cost: LogCost = await runForJson('bench/log-writer.ts', args);
      const add = (what: string, unit: 'events/s' | 'µs' | 'bytes', sample: number | undefined) =>
        bench.log.add({ scenario: 'journal', what: `${events} per commit: ${what}`, subject, unit }, sample);
      add('rate', 'events/s', cost.eventsPerSecond);
      add('processor time per event', 'µs', cost.cpuUsPerEvent);
      add('written per event, at the block device', 'bytes', cost.deviceBytesPerEvent);
      add('written per event, by process accounting', 'bytes', cost.processBytesPerEvent);
      add('kept per event', 'bytes', cost.keptBytesPerEvent);
      return `${Math.round(cost.eventsPerSecond)} events/s, ${cost.deviceBytesPerEvent?.toFixed(0)} bytes per event`;
    });
  }
}

/** Runs a program of the benchmarks to its end. @returns what it printed; the caller knows the shape @throws Error if it failed */
export async function runForJson<T>(program: string, args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await runToEnd(process.execPath, ['--no-warnings', program, ...args]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
