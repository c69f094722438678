import { access, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DEFAULT_CONFIG_FILE, type GatewayOptions } from '#gateway/cli/gateway-options.ts';
import type { Config } from '#gateway/config/config-schema.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { GatewayStatus, SourceStatus } from '#gateway/model/status.ts';

/** A device on a serial port, as configured. */
export type PortDevice = Extract<Config['devices'][number], { readonly path: string }>;

/** What is known of the devices beside the ports themselves. */
export interface Surroundings {
  /** Those of the configuration; none where there is no configuration. */
  readonly devices: readonly PortDevice[];
  /** Where a gateway would be; absent where nothing says so. */
  readonly dataDir?: string;
  /** Of the gateway that runs there. */
  readonly status?: GatewayStatus;
}

/**
 * Reads the configuration, and asks the gateway that runs with it. Neither need be there: a port can be looked at without.
 *
 * @throws WaystationError when a configuration that was named cannot be read, or is wrong
 */
export async function lookAround(options: GatewayOptions): Promise<Surroundings> {
  const config = await loadIfThere(options.config);
  const dataDir = options.dataDir === undefined ? config?.dataDir : resolve(options.dataDir);
  const devices = (config?.devices ?? []).filter(hasPath);
  if (dataDir === undefined) return { devices };
  const status = await askStatus(dataDir);
  return { devices, dataDir, ...(status === undefined ? {} : { status }) };
}

/** A device that was named on the command line. */
export interface NamedDevice {
  /** Absolute; absent for a device without a port of its own. */
  readonly path?: string;
  /** Absent for a port that is not configured. */
  readonly device?: PortDevice;
  /** Absent unless a gateway reads it. */
  readonly source?: SourceStatus;
}

/**
 * @param name an id of the configuration or of the running gateway, or a path, told by its slash
 * @throws WaystationError `device.unknown`
 */
export async function findDevice(name: string, { devices, status }: Surroundings): Promise<NamedDevice> {
  const sources = status?.sources ?? [];
  if (name.includes('/')) {
    const path = resolve(name);
    const device = await findByPort(path, devices);
    const source = await findByPort(path, sources);
    return { path, ...(device === undefined ? {} : { device }), ...(source === undefined ? {} : { source }) };
  }
  const device = devices.find(({ id }) => id === name);
  const source = sources.find(({ id }) => id === name);
  if (device === undefined && source === undefined)
    throw new WaystationError('device.unknown', `Looking for the device ${name}: none with a port has this id`);
  const path = device?.path ?? source?.path;
  return {
    ...(path === undefined ? {} : { path }),
    ...(device === undefined ? {} : { device }),
    ...(source === undefined ? {} : { source }),
  };
}

/** @throws WaystationError `device.unknown` for a device that has none */
export function portOfDevice({ path, source }: NamedDevice): string {
  if (path !== undefined) return path;
  throw new WaystationError('device.unknown', `Opening the port of ${source?.id}: it has none of its own`);
}

/** The one whose path is this one, or leads to the same port. */
export async function findByPort<T extends { readonly path?: string; readonly openPath?: string }>(
  path: string,
  candidates: readonly T[],
): Promise<T | undefined> {
  const port = await portOf(path);
  for (const candidate of candidates) {
    const own = candidate.openPath ?? candidate.path;
    if (own === path || (own !== undefined && (await portOf(own)) === port)) return candidate;
  }
  return undefined;
}

async function portOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** Without a file under the usual name there is none; one that was named must be there. */
async function loadIfThere(file: string): Promise<Config | undefined> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere && file === DEFAULT_CONFIG_FILE) return undefined;
  const { loadConfig } = await import('#gateway/config/load-config.ts');
  return loadConfig(file);
}

/** @returns undefined where none runs, or one that is not this user's: the ports are there to be looked at all the same */
async function askStatus(dataDir: string): Promise<GatewayStatus | undefined> {
  const { askGateway } = await import('#gateway/host/ask-gateway.ts');
  try {
    // The gateway on the socket is of this installation, and its type checker has seen that it answers so.
    return (await askGateway(dataDir, 'status')) as GatewayStatus;
  } catch (error) {
    const isOutOfReach =
      error instanceof WaystationError && (error.code === 'gateway.notRunning' || error.code === 'gateway.denied');
    if (isOutOfReach) return undefined;
    throw error;
  }
}

function hasPath(device: Config['devices'][number]): device is PortDevice {
  return 'path' in device;
}
