import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Child } from './child.ts';
import { findFreePort } from './free-ports.ts';
import { isOnPath } from './is-on-path.ts';
import { until } from './until.ts';

/** What `influxd` takes unless told otherwise. */
const DEFAULT_BODY_BYTES = 25_000_000;

/** One row of a result, by column. Times are microseconds since the Unix epoch. */
export type InfluxRow = Readonly<Record<string, unknown>>;

/**
 * Whether tests can talk to a real InfluxDB. Under `CI` its absence is a failure, not a reason to skip: then this is true, and
 * starting it fails.
 */
export const HAS_INFLUXD = (process.env['CI'] ?? '') !== '' || isOnPath('influxd');

/** Why a test was skipped, as part of its name. */
export const NEEDS_INFLUXD = HAS_INFLUXD ? '' : ' (skipped: influxd is missing; install the package influxdb)';

/** A real InfluxDB 1.x in a folder of its own, on the loopback alone. */
export class Influxd implements AsyncDisposable {
  readonly port: number;
  readonly #configFile: string;
  #process: Child;

  private constructor(port: number, configFile: string) {
    this.port = port;
    this.#configFile = configFile;
    this.#process = this.#spawn();
  }

  /** @param maxBodyBytes of a request */
  static async start(folder: string, maxBodyBytes = DEFAULT_BODY_BYTES): Promise<Influxd> {
    const port = await findFreePort();
    const dir = join(folder, 'influxd');
    await mkdir(dir, { recursive: true });
    const configFile = join(dir, 'influxdb.conf');
    await writeFile(configFile, influxdConfig(dir, port, maxBodyBytes));
    return await Influxd.open(configFile, port);
  }

  /** Starts one on a configuration that is there, which names the port. */
  static async open(configFile: string, port: number): Promise<Influxd> {
    const influxd = new Influxd(port, configFile);
    await influxd.#untilReady();
    return influxd;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Runs one statement. @throws Error with the words of the server */
  async query(statement: string, database = ''): Promise<readonly InfluxRow[]> {
    const parameters = new URLSearchParams({ q: statement, db: database, epoch: 'u' });
    const response = await fetch(`${this.url}/query`, { method: 'POST', body: parameters });
    // The shape that the documentation of /query promises; a test that reads what is not there fails on it.
    const { results, error } = (await response.json()) as QueryAnswer;
    const [result] = results ?? [];
    const failure = error ?? result?.error;
    if (failure !== undefined) throw new Error(failure);
    return (result?.series ?? []).flatMap(({ columns, values, tags }) =>
      values.map((row) => ({ ...tags, ...Object.fromEntries(columns.map((column, index) => [column, row[index]])) })),
    );
  }

  /** SIGSTOP: it takes connections and never answers; SIGCONT: it goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.signal(signal);
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  /** Starts it again on its data, at its port. */
  async restart(): Promise<void> {
    this.#process = this.#spawn();
    await this.#untilReady();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  #spawn(): Child {
    return new Child('influxd', ['run', '-config', this.#configFile]);
  }

  async #untilReady(): Promise<void> {
    await until('influxd answers', 20_000, async () => {
      if (!this.#process.isRunning) throw new Error(`influxd ended: ${this.#process.output}`);
      return await fetch(`${this.url}/ping`).then(
        (response) => response.status === 204,
        () => false,
      );
    });
  }
}

interface QueryAnswer {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly columns: readonly string[];
      readonly values: readonly (readonly unknown[])[];
      readonly tags?: Readonly<Record<string, string>>;
    }[];
  }[];
}

/** Without a configuration it would listen on every interface. */
function influxdConfig(dir: string, port: number, maxBodyBytes: number): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "${dir}/meta"
[data]
  dir = "${dir}/data"
  wal-dir = "${dir}/wal"
  index-version = "tsi1"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  max-body-size = ${maxBodyBytes}
[ifql]
  enabled = false
`;
}
