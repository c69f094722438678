import { createHash } from 'node:crypto';
import { stat, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { WaystationError } from '#gateway/model/errors.ts';
import { listenOn } from './listen-on.ts';
import { prepareSocketFolder, socketPath } from './socket-path.ts';

/**
 * Keeps a second gateway off a folder: two writers would ruin the journal.
 *
 * On Linux the lock is an abstract Unix socket named after device and inode of the folder: taking it is atomic, every path to
 * the folder leads to the same lock, and the kernel lets go when the process dies, however it dies. It ends at the network
 * namespace, so beside it stands a socket in the folder itself, which containers that share the folder see too, and which is
 * the whole lock on other systems. A socket that nobody answers on was left behind by a crash and is taken over; between two
 * processes that find it in the same instant, outside Linux or in two containers, the later one wins.
 *
 * @throws WaystationError `dataDir.inUse`, with the process id and the command of the holder if it tells; `dataDir.unwritable`
 */
export async function lockFolder(
  folder: string,
  platform: NodeJS.Platform = process.platform,
): Promise<AsyncDisposable> {
  await using held = new AsyncDisposableStack();
  const hasAbstract = platform === 'linux' && (await holdAbstract(folder, held));
  await holdInFolder(folder, held, hasAbstract);
  return held.move();
}

/** @returns whether the lock is held; false where the system has no abstract sockets to give */
async function holdAbstract(folder: string, held: AsyncDisposableStack): Promise<boolean> {
  const { dev, ino } = await stat(folder, { bigint: true });
  const name = `\0waystation-${createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32)}`;
  const failure = await hold(name, held);
  if (failure === 'EADDRINUSE') throw inUse(folder, await askHolder(name));
  return failure === undefined;
}

async function holdInFolder(folder: string, held: AsyncDisposableStack, isOptional: boolean): Promise<void> {
  const path = socketPath(folder, 'lock.sock');
  await prepareSocketFolder(path, folder);
  let failure = await hold(path, held);
  if (failure === 'EADDRINUSE') {
    const holder = await askHolder(path);
    if (holder !== 'gone') throw inUse(folder, holder);
    await unlink(path);
    failure = await hold(path, held);
    if (failure === 'EADDRINUSE') throw inUse(folder, 'silent');
  }
  // Some file systems hold no sockets.
  if (failure === undefined || isOptional) return;
  throw new WaystationError('dataDir.unwritable', `Locking the dataDir ${folder}: ${failure} on ${path}`);
}

/** @returns undefined when held, else the system's error code */
async function hold(name: string, held: AsyncDisposableStack): Promise<string | undefined> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
    socket.end(`${process.pid}${commandWords(process.argv)}\n`);
  });
  try {
    await listenOn(server, name);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  server.unref();
  held.defer(() => closed(server));
  return undefined;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

const ANSWER_TIMEOUT_MS = 1000;

/** `run`, `dead-letters drop`: no option, id or path, which may be secret. */
function commandWords([, , ...words]: readonly string[]): string {
  const end = words.findIndex((word) => !COMMAND_WORD.test(word));
  return words
    .slice(0, end === -1 ? MAX_WORDS : Math.min(end, MAX_WORDS))
    .map((word) => ` ${word}`)
    .join('');
}

const COMMAND_WORD = /^[a-z][a-z-]{0,20}$/;
const MAX_WORDS = 2;
const HOLDER = /^(\d{1,10})(?: ([a-z -]{1,50}))?\n/;

/** What a process that holds the lock says of itself: its id, nothing in time, or it is no longer there. */
type Holder = { readonly pid: number; readonly command: string | undefined } | 'silent' | 'gone';

function askHolder(name: string): Promise<Holder> {
  return new Promise((resolve) => {
    const socket = createConnection(name);
    const finish = (holder: Holder) => {
      socket.destroy();
      resolve(holder);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => finish('silent'));
    socket.once('data', (chunk) => {
      const [, pid, command] = HOLDER.exec(chunk.toString('latin1')) ?? [];
      finish(pid === undefined ? 'silent' : { pid: Number(pid), command });
    });
    socket.once('end', () => finish('silent'));
    socket.once('error', () => finish('gone'));
  });
}

function inUse(folder: string, holder: Holder): WaystationError {
  const who = typeof holder === 'object' ? describeHolder(holder) : 'another process';
  return new WaystationError('dataDir.inUse', `Locking the dataDir ${folder}: ${who} uses it`);
}

function describeHolder({ pid, command }: Exclude<Holder, string>): string {
  return command === undefined ? `process ${pid}` : `process ${pid} (waystation ${command})`;
}
