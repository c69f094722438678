import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Child } from './child.ts';
import { findFreePort } from './free-ports.ts';
import { canConnect } from './gateway-process.ts';
import { isOnPath } from './is-on-path.ts';
import { until } from './until.ts';

/** As of `HAS_INFLUXD`, for the broker Mosquitto. */
export const HAS_MOSQUITTO = (process.env['CI'] ?? '') !== '' || isOnPath('mosquitto');

/** Why a test was skipped, as part of its name. */
export const NEEDS_MOSQUITTO = HAS_MOSQUITTO ? '' : ' (skipped: mosquitto is missing; install the package mosquitto)';

/** A real Mosquitto on the loopback, with one login. */
export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly #process: Child;

  private constructor(port: number, process: Child) {
    this.port = port;
    this.#process = process;
  }

  /** @param more lines of its configuration */
  static async start(
    folder: string,
    login: { readonly username: string; readonly password: string },
    more: readonly string[] = [],
  ): Promise<Mosquitto> {
    const port = await findFreePort();
    const dir = join(folder, 'mosquitto');
    await mkdir(dir, { recursive: true });
    const passwords = join(dir, 'passwords');
    execFileSync('mosquitto_passwd', ['-c', '-b', passwords, login.username, login.password], { stdio: 'ignore' });
    const configFile = join(dir, 'mosquitto.conf');
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous false',
      `password_file ${passwords}`,
      'persistence false',
      ...more,
    ];
    // Started by root it becomes another user, who may not read the file.
    await writeFile(configFile, [...lines, `user ${process.getuid?.() === 0 ? 'root' : ''}`.trim(), ''].join('\n'));
    const child = new Child('mosquitto', ['-c', configFile]);
    await until('mosquitto listens', 10_000, async () => {
      if (!child.isRunning) throw new Error(`mosquitto ended: ${child.output}`);
      return await canConnect(port);
    });
    return new Mosquitto(port, child);
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
