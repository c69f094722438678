import { type ChildProcess, spawn } from 'node:child_process';
import { WaystationError } from '#gateway/model/errors.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import type { OpenSerialLink, SerialLink, SerialLinkListener } from './serial-link.ts';

/** The last words of a process that ended, at most. */
const MAX_DETAIL_CHARS = 300;
/** A candump that has not ended by then has its interface. */
export const STARTED_MS = 300;
/** Its last words come within this time after its end; a child of its own may hold the pipe for longer. */
const LAST_WORDS_MS = 1000;
/** How long one that is told to end may take before it is killed. */
const END_TIMEOUT_MS = 2000;

/**
 * An interface of SocketCAN as a link that is read: `candump -L` of can-utils as a child process. Node has no such sockets, and a child that is
 * stuck or crashes takes nothing with it.
 *
 * Error frames are asked for, and how many frames the socket had to drop. The path is the name of the interface; there is no rate.
 *
 * @param program what is started; another one in tests
 * @throws WaystationError `can.noCandump`, `can.failed`, from the opening
 */
export function candumpLinks(clock: Clock, program = 'candump'): OpenSerialLink {
  return async ({ path: interfaceName }, listener) => {
    const filters = `${interfaceName},0:0,#FFFFFFFF`;
    const child = spawn(program, ['-L', '-d', filters], { stdio: ['ignore', 'pipe', 'pipe'] });
    const running = new RunningCandump(child, interfaceName, clock);
    await running.started();
    running.listen(listener);
    return running;
  };
}

class RunningCandump implements SerialLink {
  readonly path: string;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #ended: Promise<Error>;
  #isOver = false;
  #isClosing = false;
  #detail = '';

  constructor(child: ChildProcess, path: string, clock: Clock) {
    this.path = path;
    this.#child = child;
    this.#clock = clock;
    child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      this.#detail = (this.#detail + text).slice(-MAX_DETAIL_CHARS);
    });
    this.#ended = new Promise((resolve) => {
      const end = (code: number | null, signal: string | null) =>
        resolve(this.#end(undefined, `candump ended (${signal ?? code})`));
      child.on('error', (error: NodeJS.ErrnoException) => resolve(this.#end(error)));
      child.on('close', end);
      // The last words are still on their way then.
      child.on('exit', (code, signal) => clock.schedule(LAST_WORDS_MS, () => end(code, signal)));
    });
  }

  /** Waits until it is plain that it runs. */
  async started(): Promise<void> {
    const failure = await Promise.race([this.#ended, wait(this.#clock, STARTED_MS)]);
    if (failure !== undefined) throw failure;
  }

  listen(listener: SerialLinkListener): void {
    this.#child.stdout?.on('data', (chunk: Uint8Array) => listener.onBytes(chunk));
    void this.#ended.then((reason) => {
      if (!this.#isClosing) listener.onClosed(reason);
    });
  }

  setBaud(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** Nothing is ever said to a bus. */
  write(): void {}

  pause(): void {
    this.#child.stdout?.pause();
  }

  resume(): void {
    this.#child.stdout?.resume();
  }

  isAttached(): Promise<boolean> {
    return Promise.resolve(!this.#isOver);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    // What is not read any more would keep the pipe, and with it the end, from coming; nobody is told of what comes after it.
    this.#child.stdout?.destroy();
    if (this.#isOver) return;
    this.#child.kill('SIGTERM');
    await Promise.race([this.#ended, wait(this.#clock, END_TIMEOUT_MS)]);
    if (!this.#isOver) this.#child.kill('SIGKILL');
  }

  #end(error: NodeJS.ErrnoException | undefined, end = ''): WaystationError {
    this.#isOver = true;
    const attempt = `Reading the CAN interface ${this.path}`;
    if (error?.code === 'ENOENT')
      return new WaystationError('can.noCandump', `${attempt}: there is no program candump`);
    const words = this.#detail.trim().split('\n').at(-1) ?? '';
    return new WaystationError('can.failed', `${attempt}: ${error?.message ?? (words === '' ? end : words)}`);
  }
}
