import { readFile } from 'node:fs/promises';

const MIB = 2 ** 20;
/** Linux counts processor time in hundredths of a second, whatever the kernel's own tick. */
const CPU_TICK_MS = 10;

/** Memory that a process has in RAM now, in MiB. @see proc_pid_status(5), VmRSS */
export async function readResidentMib(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return (numberAfter(text, /^VmRSS:\s+(\d+) kB$/m) * 1024) / MIB;
}

/** Processor time of a process so far, its system calls included. @see proc_pid_stat(5), utime and stime */
export async function readCpuMs(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name before it may hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * CPU_TICK_MS;
}

function numberAfter(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`Nothing in /proc matches ${pattern}: the benchmarks need Linux.`);
  return Number(found);
}
