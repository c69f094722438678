import { formatTable } from '#gateway/cli/format-table.ts';
import type { GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import { identifyPort } from '#gateway/sources/identify-port.ts';
import { type FoundPort, listPorts } from '#gateway/sources/list-ports.ts';
import { findPortHolders, type PortHolder } from '#gateway/sources/port-holders.ts';
import { findByPort, lookAround, type Surroundings } from './find-device.ts';

/** Options of `devices list`. */
export interface ListOptions extends GatewayOptions {
  readonly json?: true;
}

/** One line of the list: a port that is there, or a device of the configuration whose port is not. */
interface ListedPort extends Partial<FoundPort> {
  readonly path: string;
  /** Of the configuration. */
  readonly device?: string;
  /** As the running gateway sees it; `missing` for a port that is configured and not there, `unusable` where something else lies. */
  readonly state: 'free' | 'held' | 'missing' | 'unusable' | 'opening' | 'open' | 'silent' | 'lost';
  readonly heldBy: readonly PortHolder[];
}

/** Prints the serial ports of this machine. */
export async function listDevices(options: ListOptions): Promise<void> {
  const surroundings = await lookAround(options);
  const found = await listPorts();
  const ports = await Promise.all(found.map((port) => describe(port, surroundings)));
  const listed = [...ports, ...(await otherPorts(found, ports, surroundings))];
  process.stdout.write(options.json === true ? `${JSON.stringify(listed)}\n` : format(listed));
}

async function describe(port: FoundPort, { devices, status }: Surroundings): Promise<ListedPort> {
  const device = await findByPort(port.path, devices);
  const source = await findByPort(port.path, status?.sources ?? []);
  const heldBy = await findPortHolders(port.path);
  const state = source?.state ?? (heldBy.length > 0 ? 'held' : 'free');
  const id = device?.id ?? source?.id;
  return { ...port, ...(id === undefined ? {} : { device: id }), state, heldBy };
}

/**
 * Devices of the configuration at ports that are not among those found: pulled out, or ports of another kind, such as pseudo-terminals
 * and links to them.
 */
export async function otherPorts(
  found: readonly FoundPort[],
  listed: readonly ListedPort[],
  { devices, status }: Surroundings,
): Promise<ListedPort[]> {
  const rest = devices.filter(({ id }) => !listed.some(({ device }) => device === id));
  return Promise.all(
    rest.map(async ({ id, path }) => {
      const source = status?.sources.find((candidate) => candidate.id === id);
      const heldBy = await findPortHolders(path);
      const known = found.find((port) => port.path === path);
      const state = source?.state ?? (heldBy.length > 0 ? 'held' : await stateOfUnheld(path));
      return { ...known, path, device: id, state, heldBy };
    }),
  );
}

async function stateOfUnheld(path: string): Promise<'free' | 'missing' | 'unusable'> {
  try {
    await identifyPort(path);
    return 'free';
  } catch (error) {
    return error instanceof WaystationError && error.code === 'port.missing' ? 'missing' : 'unusable';
  }
}

function format(ports: readonly ListedPort[]): string {
  if (ports.length === 0) return 'No serial ports.\n';
  const rows = ports.map((port) => {
    const { path, device = '-', state, manufacturer, product, serialNumber = '-', heldBy, stablePath = '-' } = port;
    const adapter = oneLine([manufacturer, product].filter((text) => text !== undefined).join(' ')) || '-';
    const holders = heldBy.map(({ pid, name }) => `${name} ${pid}`).join(', ') || '-';
    return [path, device, state, adapter, oneLine(serialNumber), holders, stablePath];
  });
  const table = formatTable(['port', 'device', 'state', 'adapter', 'serial number', 'held by', 'configure as'], rows);
  const hasSocketName = ports.some(({ isStableFor }) => isStableFor === 'socket');
  const note = '\nWithout a serial number a name stays with the socket: plug the adapter into the same one.\n';
  return `${table}\n${hasSocketName ? note : ''}`;
}
