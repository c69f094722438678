import { type IPty, spawn } from '@lydell/node-pty';
import { until } from './until.ts';

/** What a terminal is for a program: lines that can be redrawn, and keys. */
export class Terminal implements AsyncDisposable {
  readonly #pty: IPty;
  readonly #ended: Promise<number>;
  #output = '';
  #exitCode: number | undefined;

  /** Starts a program in a pseudo-terminal of 120 by 40. */
  constructor([program = '', ...args]: readonly string[], cwd: string) {
    this.#pty = spawn(program, args, {
      cwd,
      cols: 120,
      rows: 40,
      name: 'xterm',
      env: { ...process.env },
    });
    this.#pty.onData((text) => {
      this.#output += text;
    });
    this.#ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => {
        this.#exitCode = exitCode;
        resolve(exitCode);
      });
    });
  }

  /** Everything that was printed, every redrawing included, without the escape sequences. */
  get text(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    return this.#output.replaceAll(/\x1b\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r', '');
  }

  /** The exit code, when it has ended. */
  get ended(): Promise<number> {
    return this.#ended;
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** The last number that was shown after `label`. */
  latest(label: string): number | undefined {
    const found = [...this.text.matchAll(new RegExp(`\\b${label} (\\d+)`, 'g'))].at(-1)?.[1];
    return found === undefined ? undefined : Number(found);
  }

  press(key: string): void {
    this.#pty.write(key);
  }

  /** SIGKILL: the program gets no say. */
  kill(): void {
    this.#pty.kill('SIGKILL');
  }

  /** Waits for a condition on the terminal; fails at once if the program ends before. */
  until<T>(what: string, limitMs: number, condition: () => T | undefined | false): Promise<T> {
    return until(`${what}; the terminal shows:\n${this.text.slice(-1500)}`, limitMs, () => {
      const value = condition();
      if ((value === undefined || value === false) && this.#exitCode !== undefined) {
        throw new Error(`The program ended with ${this.#exitCode} before ${what}:\n${this.text.slice(-3000)}`);
      }
      return value;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exitCode === undefined) this.kill();
    await this.#ended;
  }
}
