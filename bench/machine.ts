import { readFile, stat } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { deviceNumber } from '#gateway/runtime/disk-counters.ts';

/** What the figures were taken on. */
export interface Machine {
  readonly processor: string;
  readonly coreCount: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
  /** File system under the journal. */
  readonly fileSystem: string;
  /** Processes that wanted to run, on average over the minute before: what else the machine was doing. */
  readonly loadAverage: number;
}

/** @param folder where the journal is written */
export async function describeMachine(folder: string): Promise<Machine> {
  return {
    processor: cpus()[0]?.model.trim() ?? process.arch,
    coreCount: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release().split('-')[0] ?? release(),
    node: process.versions.node,
    fileSystem: await findFileSystem(folder),
    loadAverage: loadavg()[0] ?? 0,
  };
}

/** @see proc_pid_mountinfo(5): the type is the first field behind the dash */
async function findFileSystem(folder: string): Promise<string> {
  const { dev } = await stat(folder);
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  const line = mounts.split('\n').find((text) => text.split(' ')[2] === deviceNumber(dev));
  return line?.split(' - ')[1]?.split(' ')[0] ?? 'unknown';
}
