import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { CHECKOUT } from './checkout.ts';
import { until } from './until.ts';

/** What came of a process. */
export interface Ended {
  /** `null` if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a process is started. */
export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How long a process may take to end when asked before it is killed. */
const STOP_LIMIT_MS = 20_000;

/** A real process, ended by its own handle and never by its name. Everything that it printed is kept. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';
  #result: Ended | undefined;

  /** Starts `command`. Output is kept in memory: for processes that do not print for ever. */
  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    this.#process = spawn(command, [...args], {
      cwd: options.cwd ?? CHECKOUT,
      env: { ...process.env, NODE_ENV: 'production', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // Writing to a process that has just ended is no failure of a test.
    this.#process.stdin?.on('error', () => {});
    this.#ended = once(this.#process, 'close').then(([code, signal]) => {
      this.#result = { code, signal };
      return this.#result;
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Both outputs, for the message of a failing test. */
  get output(): string {
    return `${this.#stdout}${this.#stderr}`;
  }

  /** Complete lines of standard output. */
  get lines(): readonly string[] {
    return this.#stdout.split('\n').slice(0, -1);
  }

  /** Those lines of standard output that are JSON objects. */
  get messages(): readonly Readonly<Record<string, unknown>>[] {
    return this.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  get isRunning(): boolean {
    return this.#result === undefined;
  }

  /** Resolves when the process has ended and its output is complete. */
  get ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Sends a line. */
  send(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Waits for a line of either output that matches; fails at once if the process ends before. */
  waitForLine(pattern: RegExp, limitMs = 15_000): Promise<string> {
    return until(`a line matches ${pattern}; printed so far:\n${this.output.slice(-2000)}`, limitMs, () => {
      const line = this.output.split('\n').find((text) => pattern.test(text));
      if (line === undefined && !this.isRunning) {
        throw new Error(
          `The process ended (${JSON.stringify(this.#result)}) before a line matched ${pattern}:\n${this.output}`,
        );
      }
      return line;
    });
  }

  /** SIGKILL: the process gets no say. */
  async kill(): Promise<Ended> {
    this.#process.kill('SIGKILL');
    return await this.#ended;
  }

  /** SIGTERM, and SIGKILL if that does not help in time. */
  async stop(): Promise<Ended> {
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_LIMIT_MS);
    const ended = await this.#ended;
    clearTimeout(timer);
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) await this.kill();
  }
}

/** Runs a command to its end. */
export async function runToEnd(command: string, args: readonly string[], options: ChildOptions = {}) {
  await using child = new Child(command, args, options);
  const ended = await child.ended;
  return { ...ended, stdout: child.stdout, stderr: child.stderr };
}
