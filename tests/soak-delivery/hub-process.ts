import { fileURLToPath } from 'node:url';
import { Child } from '#tests/support/child.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { canConnect } from '#tests/support/gateway-process.ts';
import { until } from '#tests/support/until.ts';
import { type HubNote, readHubLog } from './hub-log.ts';
import type { HubHabits } from './plan-run.ts';

const MAIN = fileURLToPath(new URL('strict-hub.ts', import.meta.url));
/** Connections are numbered on from there after each start. */
const CONNECTIONS_PER_START = 100_000;

/** A {@link HubHabits strict hub} that can be killed and started again, on the same port. */
export class HubProcess implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  #habits: HubHabits;
  #process: Child | undefined;
  #startCount = 0;

  private constructor(port: number, folder: string, habits: HubHabits) {
    this.port = port;
    this.#folder = folder;
    this.#habits = habits;
  }

  /** @param folder for what it takes */
  static async start(folder: string, habits: HubHabits): Promise<HubProcess> {
    const hub = new HubProcess(await findFreePort(), folder, habits);
    await hub.start();
    return hub;
  }

  async start(habits: HubHabits = this.#habits): Promise<void> {
    this.#habits = habits;
    const args = [this.port, this.#logFile(this.#startCount), this.#startCount * CONNECTIONS_PER_START + 1];
    this.#startCount++;
    const child = new Child(process.execPath, [MAIN, ...args.map(String), JSON.stringify(habits)]);
    this.#process = child;
    await until('the hub listens', 20_000, async () => {
      if (!child.isRunning) throw new Error(`The hub ended: ${child.output}`);
      return await canConnect(this.port);
    });
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** What it noted, over all starts. */
  async notes(): Promise<readonly HubNote[]> {
    if (this.#process?.isRunning === false && this.#process.stderr !== '') throw new Error(this.#process.stderr);
    const logs = Array.from({ length: this.#startCount }, (_, index) => readHubLog(this.#logFile(index)));
    return (await Promise.all(logs)).flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #logFile(index: number): string {
    return `${this.#folder}/hub-${index}.log`;
  }
}
