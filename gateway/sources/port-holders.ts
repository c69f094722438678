import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { oneLine } from '#gateway/model/one-line.ts';

/** A process that has a port open. */
export interface PortHolder {
  readonly pid: number;
  /** Of its program; with what it runs where that is an interpreter, such as `node gateway/main.ts`. */
  readonly name: string;
  /** It is a Waystation gateway. */
  readonly isGateway?: true;
}

/**
 * Who has a serial port open, as far as this user may see: processes of his own, or all of them for root. Empty where the system has no
 * `/proc`. A lock keeps out only programs that ask for it; what one of the others reads never arrives here.
 *
 * @param path any name of the port
 */
export async function findPortHolders(path: string): Promise<readonly PortHolder[]> {
  try {
    const device = await realpath(path);
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const holders = await Promise.all(pids.map((pid) => holds(pid, device)));
    return holders.filter((holder) => holder !== undefined);
  } catch {
    return [];
  }
}

/** A process may end, or may not be looked into: then it holds nothing that could be told. */
async function holds(pid: string, device: string): Promise<PortHolder | undefined> {
  try {
    const descriptors = await readdir(`/proc/${pid}/fd`);
    const targets = await Promise.all(
      descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')),
    );
    if (!targets.includes(device)) return undefined;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return { pid: Number(pid), name: nameOf(commandLine), ...(isGateway(commandLine) ? { isGateway: true } : {}) };
  } catch {
    return undefined;
  }
}

/**
 * Whether it is `node [options] …/gateway/main.ts run …`, or the command by its name; its other subcommands are no gateways.
 *
 * @param commandLine arguments that end in NUL each
 */
export function isGateway(commandLine: string): boolean {
  const args = commandLine.split('\0');
  const index = args.findIndex((arg) => GATEWAY.test(arg));
  return index !== -1 && args[index + 1] === 'run';
}

const GATEWAY = /(?:^|\/)(?:gateway\/main\.ts|waystation)$/;

/** @param commandLine arguments that end in NUL each */
function nameOf(commandLine: string): string {
  const [program = '', script] = commandLine.split('\0');
  const name = basename(program);
  return oneLine((INTERPRETER.test(name) && script ? `${name} ${script}` : name).slice(0, MAX_NAME_CHARS));
}

const INTERPRETER = /^(?:node|python|perl|ruby|java)[\d.]*$/;
const MAX_NAME_CHARS = 64;

/** `gpsd (process 4711)`; without a holder what an operator can do to see it. */
export function describeHolders(holders: readonly PortHolder[], path: string): string {
  const others = holders.filter(({ pid }) => pid !== process.pid);
  if (others.length > 0) return others.map(({ pid, name }) => `${name} (process ${pid})`).join(', ');
  if (holders.length > 0) return 'this process itself, under another name of the port';
  return `a program of another user (\`sudo fuser -v ${path}\` names it)`;
}
