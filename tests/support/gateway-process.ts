import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { GatewayStatus } from '#gateway/model/status.ts';
import { Child, runToEnd } from './child.ts';
import { until } from './until.ts';

/** The login that the tests' publishers use. */
export const PUBLISHER = { username: 'publisher', password: 'a password for tests' } as const;

/** A configuration as it stands in the file; JSON is YAML. */
export type ConfigFile = Readonly<Record<string, unknown>>;

/** What a test changes of the usual configuration. */
export interface ConfigChoices {
  readonly brokerPort: number;
  readonly hubPort?: number;
  readonly devices?: readonly object[];
  /** Serves the console there; otherwise there is none. */
  readonly consolePort?: number;
}

/**
 * A configuration for tests: one listener, one login that may publish on the three streams, and one sink if there is a hub.
 * Timeouts are short, so that outages show at once.
 */
export function testConfig(choices: ConfigChoices): ConfigFile {
  return {
    version: 1,
    gateway: { id: 'test-truck' },
    dataDir: 'data',
    broker: {
      listeners: [{ type: 'mqtt', host: '127.0.0.1', port: choices.brokerPort }],
      clients: [
        {
          username: PUBLISHER.username,
          passwordFile: 'secrets/publisher',
          publish: ['alerts/#', 'commands/#', 'sensors/#'],
        },
      ],
    },
    devices: choices.devices ?? [],
    sinks: choices.hubPort === undefined ? [] : [hubSink(choices.hubPort)],
    console: choices.consolePort === undefined ? { enabled: false } : { port: choices.consolePort },
    log: { level: 'info' },
  };
}

/** A sink for a hub that speaks MQTT 3.1.1 at this port. */
export function hubSink(hubPort: number): ConfigFile {
  return {
    id: 'hub',
    type: 'mqtt',
    url: `mqtt://127.0.0.1:${hubPort}`,
    prefix: 'fleet',
    protocol: '3.1.1',
    envelope: 'structured',
    from: 'oldest',
    credentials: { username: 'test-truck', passwordFile: 'secrets/hub' },
    window: { ackTimeoutMs: 1000 },
    // Hubs that count expect events and nothing else.
    status: false,
  };
}

/** Writes configuration and secrets below `folder`. @returns the path of the configuration */
export async function writeConfig(folder: string, config: ConfigFile | string): Promise<string> {
  await mkdir(join(folder, 'secrets'), { recursive: true });
  for (const [name, secret] of [
    ['publisher', PUBLISHER.password],
    ['hub', 'hub password for tests'],
  ] as const) {
    const file = join(folder, 'secrets', name);
    await writeFile(file, `${secret}\n`, { mode: 0o600 });
    await chmod(file, 0o600);
  }
  const path = join(folder, 'waystation.yaml');
  await writeFile(path, typeof config === 'string' ? config : JSON.stringify(config, null, 2));
  return path;
}

const MAIN = 'gateway/main.ts';

/** Starts `waystation run`, and does not wait. */
export function startGateway(configFile: string, env: Readonly<Record<string, string>> = {}): Child {
  return new Child(process.execPath, [MAIN, 'run', '-c', configFile], { env });
}

/** A second on a quiet machine, half a minute on one that has too much to do. */
const READY_LIMIT_MS = 60_000;

/** Starts `waystation run` and waits until its listener answers. */
export async function startReadyGateway(
  configFile: string,
  brokerPort: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const gateway = startGateway(configFile, env);
  try {
    await until('the gateway listens', READY_LIMIT_MS, async () => {
      if (!gateway.isRunning) throw new Error(`The gateway ended: ${gateway.output}`);
      return await canConnect(brokerPort);
    });
  } catch (error) {
    // Nobody else knows of it yet.
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
  return gateway;
}

/** Runs any `waystation` command to its end. */
export function runWaystation(...args: readonly string[]) {
  return runToEnd(process.execPath, [MAIN, ...args]);
}

/** Asks the gateway for its status. @returns undefined while it does not answer */
export async function readStatus(configFile: string): Promise<GatewayStatus | undefined> {
  const { code, stdout } = await runWaystation('status', '--json', '-c', configFile);
  // What the command prints is this type by its contract; a test that reads a field that is not there fails on it.
  return code === 0 ? (JSON.parse(stdout) as GatewayStatus) : undefined;
}

/** Waits until the status has what a test wants. */
export function untilStatus(
  what: string,
  configFile: string,
  limitMs: number,
  condition: (status: GatewayStatus) => boolean,
): Promise<GatewayStatus> {
  return until(what, limitMs, async () => {
    const status = await readStatus(configFile);
    return status !== undefined && condition(status) ? status : undefined;
  });
}

/** Whether something listens on the loopback at this port. */
export function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
