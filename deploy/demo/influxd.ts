import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startChild } from './child-process.ts';

/** An InfluxDB 1.x of the demo's own: on the loopback, in the demo's folder, with the database that the sink names. */
export interface Influxd {
  stop(): Promise<void>;
}

/** The database that the demo writes to. */
const DATABASE = 'telemetry';
/** The line of the configuration template that the sink takes the place of. */
const SINK_PLACE = /^ *# InfluxDB: .*\n/m;
const START_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 5_000;
const POLL_MS = 50;

/** @returns the program's path, or undefined when it is not installed */
export function findInfluxd(searchPath: string | undefined): string | undefined {
  const candidates = (searchPath ?? '').split(delimiter).map((folder) => join(folder, 'influxd'));
  return candidates.find((file) => existsSync(file));
}

/** Puts the sink into the gateway's configuration. */
export function addInfluxdbSink(config: string, port: number): string {
  const sink = `  - id: influx
    type: influxdb
    url: http://127.0.0.1:${port}
    database: ${DATABASE}
    lanes: [alerts, telemetry]
    window: { ackTimeoutMs: 3000 }
`;
  return config.replace(SINK_PLACE, sink);
}

/**
 * Starts `influxd` and makes the database: a sink that does not find it would wait for a person.
 *
 * @param dir its folder: configuration, log and data
 * @throws Error with the last lines of its log if it does not come up
 */
export async function startInfluxd(program: string, dir: string, port: number): Promise<Influxd> {
  mkdirSync(dir, { recursive: true });
  const configFile = join(dir, 'influxdb.conf');
  writeFileSync(configFile, influxdConfig(dir, port));
  const logFile = join(dir, 'influxd.log');
  const logFd = openSync(logFile, 'w');
  const ended = Promise.withResolvers<string>();
  const child = startChild({
    command: program,
    args: ['run', '-config', configFile],
    cwd: dir,
    onLine: () => {},
    onEnd: (how) => ended.resolve(how),
    logFd,
  });
  closeSync(logFd);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended.promise;
    clearTimeout(timer);
  };
  const limitMs = Date.now() + START_LIMIT_MS;
  while (!(await createDatabase(port))) {
    if (child.isRunning && Date.now() < limitMs) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    else {
      await stop();
      throw new Error(`influxd does not come up; its log is ${logFile}`);
    }
  }
  return { stop };
}

/** Harmless when it is there already. @returns whether the server answered */
async function createDatabase(port: number): Promise<boolean> {
  const body = new URLSearchParams({ q: `CREATE DATABASE ${DATABASE}` });
  return await fetch(`http://127.0.0.1:${port}/query`, { method: 'POST', body }).then(
    (response) => response.ok,
    () => false,
  );
}

/** Without a configuration it would listen on every interface. JSON strings are TOML strings. */
function influxdConfig(dir: string, port: number): string {
  const path = (name: string) => JSON.stringify(join(dir, name));
  return `# Written by the Waystation demo at every start. By hand: influxd run -config THIS-FILE
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = ${path('meta')}
[data]
  dir = ${path('data')}
  wal-dir = ${path('wal')}
  index-version = "tsi1"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
[ifql]
  enabled = false
`;
}
