import { readFileSync } from 'node:fs';

/** What a process uses: as the kernel of Linux counts it. */
export interface ProcessUsage {
  /** User and system time since its start, in seconds. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/** Looks at a process of any user. @throws Error when there is none */
export function readUsage(pid: number): ProcessUsage {
  // The name in parentheses may hold anything; what follows it are numbers.
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [fields[11], fields[12]].map(Number);
  const residentPages = Number(fields[21]);
  return {
    cpuSeconds: ((userTicks ?? 0) + (systemTicks ?? 0)) / TICKS_PER_SECOND,
    rssBytes: residentPages * PAGE_BYTES,
  };
}

/** USER_HZ, and the page, of the machines that tests run on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;
