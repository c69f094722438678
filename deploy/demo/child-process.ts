import { type ChildProcess, spawn } from 'node:child_process';
import { createLineReader } from './line-reader.ts';

/** One process of the demo, started and ended by its own handle. */
export interface Child {
  readonly pid: number;
  readonly isRunning: boolean;
  /** Sends one JSON line, if the process still listens. */
  send(message: object): void;
  /** Tells the process that there is nothing more to come; ours end on that. */
  endInput(): void;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** How a process is started, and who listens to it. */
export interface ChildOptions {
  /** What is started; `node` unless told otherwise. */
  readonly command?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Lines of standard output. */
  readonly onLine: (line: string) => void;
  /** Once, when it has ended. */
  readonly onEnd: (how: string, lastLines: readonly string[]) => void;
  /** Where both outputs go instead, for a process that logs. */
  readonly logFd?: number;
}

const MAX_LAST_LINES = 12;

/**
 * Starts a process. It gets a session of its own, so that Ctrl-C in a terminal reaches the launcher alone,
 * which then ends everything in order.
 */
export function startChild(options: ChildOptions): Child {
  const output = options.logFd ?? 'pipe';
  const child = spawn(options.command ?? process.execPath, [...options.args], {
    cwd: options.cwd,
    detached: true,
    stdio: ['pipe', output, output],
  });
  const lastLines: string[] = [];
  const keep = (line: string) => {
    lastLines.push(line);
    if (lastLines.length > MAX_LAST_LINES) lastLines.shift();
  };
  child.stdout?.setEncoding('utf8').on(
    'data',
    createLineReader((line) => {
      keep(line);
      options.onLine(line);
    }),
  );
  child.stderr?.setEncoding('utf8').on('data', createLineReader(keep));
  // A process that has just ended no longer listens: its end is reported below.
  child.stdin?.on('error', () => {});
  const guard = startGuard(child);
  let isRunning = true;
  const end = (how: string) => {
    if (!isRunning) return;
    isRunning = false;
    guard?.kill('SIGKILL');
    options.onEnd(how, lastLines);
  };
  child.once('error', (error) => end(error.message));
  child.once('close', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
  return {
    pid: child.pid ?? 0,
    get isRunning() {
      return isRunning;
    },
    send: (message) => {
      if (isRunning) child.stdin?.write(`${JSON.stringify(message)}\n`);
    },
    endInput: () => child.stdin?.end(),
    kill: (signal) => {
      if (isRunning) child.kill(signal);
    },
  };
}

/** Waits for the end of its input, which comes with the end of the launcher, however that ended; then ends the process named. */
const GUARD = `while read _; do :; done
kill -TERM "$1" || exit
for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 "$1" || exit; done
kill -KILL "$1"`;

/** A gateway knows nothing of a launcher and would outlive it; a shell with a pipe to the launcher watches over each process. */
function startGuard(child: ChildProcess): ChildProcess | undefined {
  if (child.pid === undefined) return undefined;
  const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell the processes merely lose their guard.
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  return guard;
}
