import { readdir, readFile } from 'node:fs/promises';

/** The children of a process that are alive now, by Linux's `/proc`. */
export async function findChildPids(parentPid: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(async (pid) => (await readStat(pid))?.parentPid));
  return pids.filter((_, index) => parents[index] === parentPid);
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readStat(pid);
  return stat !== undefined && stat.state !== 'Z';
}

/** @see proc_pid_stat(5): the name in parentheses may itself hold parentheses and spaces */
async function readStat(pid: number) {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parentPid] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parentPid: Number(parentPid) };
  } catch {
    return undefined;
  }
}
