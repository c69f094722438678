import { readFile, stat } from 'node:fs/promises';

const MIB = 2 ** 20;
/** Linux counts processor time in hundredths of a second, whatever the kernel's own tick. */
const CPU_TICK_MS = 10;
/** Disk statistics count in these, whatever the device's own blocks. */
const SECTOR_BYTES = 512;

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

/** Bytes that a process has caused to be written to storage. @see proc_pid_io(5), write_bytes */
export async function readWrittenBytes(pid: number): Promise<number> {
  return numberAfter(await readFile(`/proc/${pid}/io`, 'utf8'), /^write_bytes: (\d+)$/m);
}

/**
 * Bytes written to the block device under a folder, by whomever.
 *
 * @returns undefined where the file system has none, as an overlay has not
 * @see https://www.kernel.org/doc/Documentation/block/stat.txt, field 7
 */
export async function readDeviceWrittenBytes(folder: string): Promise<number | undefined> {
  const { dev } = await stat(folder);
  try {
    const text = await readFile(`/sys/dev/block/${deviceNumber(dev)}/stat`, 'utf8');
    return Number(text.trim().split(/\s+/)[6]) * SECTOR_BYTES;
  } catch {
    return undefined;
  }
}

/** A device as Linux names it, `major:minor`. @see makedev(3) */
export function deviceNumber(dev: number): string {
  return `${(dev >>> 8) & 0xfff}:${(dev & 0xff) | ((dev >>> 12) & 0xfff00)}`;
}

function numberAfter(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`Nothing in /proc matches ${pattern}: the benchmarks need Linux.`);
  return Number(found);
}
