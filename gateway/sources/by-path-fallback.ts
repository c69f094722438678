import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DeviceMemory } from '#gateway/model/device-memory.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { OpenSerialLink } from './serial-link.ts';

/** The names that udev gives serial ports, each with the device that it leads to. */
export interface PortNames {
  /** `/dev/serial/by-id/…`: maker, product and serial number of the adapter. */
  readonly byId: ReadonlyMap<string, string>;
  /** `/dev/serial/by-path/…`: the socket that it is plugged into. */
  readonly byPath: ReadonlyMap<string, string>;
}

/** What a missing name of an adapter can be replaced by. */
export type SocketChoice =
  | { readonly kind: 'none' }
  /** The adapter has lost its name and sits where it sat. */
  | { readonly kind: 'same'; readonly path: string }
  /** Something with a name of its own sits there now: another device, or one that was exchanged. */
  | { readonly kind: 'other'; readonly byId: string }
  /** Another device of the configuration is at this socket. */
  | { readonly kind: 'claimed' };

/**
 * Decides whether the socket in which an adapter was seen last may stand in for its name.
 *
 * A wrong device under a right id is worse than none, so the socket must be there, nothing in it may have a name of its own by id, and
 * no other device of the configuration may lead to it. Adapters without a serial number share one name, which leads to the last one
 * plugged in: while it exists nothing is replaced, and when it goes with one of them, the socket tells the two apart.
 *
 * @param path the configured path, which does not exist
 * @param claimed the devices that the other paths of the configuration lead to
 */
export function chooseSocket(
  path: string,
  names: PortNames,
  socket: { readonly path: string; readonly byPath: string } | undefined,
  claimed: ReadonlySet<string>,
): SocketChoice {
  const device = socket?.path === path ? names.byPath.get(socket.byPath) : undefined;
  if (socket === undefined || device === undefined) return { kind: 'none' };
  for (const [byId, target] of names.byId) if (target === device) return { kind: 'other', byId };
  return claimed.has(device) ? { kind: 'claimed' } : { kind: 'same', path: socket.byPath };
}

/** The socket to remember for a path by id: the first name by path of the same device. */
export function socketOf(path: string, { byId, byPath }: PortNames): string | undefined {
  const device = byId.get(path);
  return device === undefined ? undefined : nameOf(device, byPath);
}

/** The first of the names that lead to a device. */
export function nameOf(device: string, names: ReadonlyMap<string, string>): string | undefined {
  return [...names]
    .filter(([, target]) => target === device)
    .map(([name]) => name)
    .sort()[0];
}

/** What {@link withByPathFallback} needs of the device. */
export interface FallbackOptions {
  readonly deviceId: string;
  readonly memory: DeviceMemory;
  /** The paths of the other devices of the configuration. */
  readonly otherPaths: readonly string[];
}

/**
 * Opens a port named in a folder `serial/by-id` also when that name is gone, by the socket where it was seen last. Any other path is
 * opened as it is.
 *
 * @throws WaystationError as `openLink` does; `port.replaced` says what sits in the socket now
 */
export function withByPathFallback(openLink: OpenSerialLink, options: FallbackOptions): OpenSerialLink {
  const { deviceId, memory, otherPaths } = options;
  return async (request, listener) => {
    const { path } = request;
    if (basename(dirname(path)) !== 'by-id') return openLink(request, listener);
    const names = await readPortNames(dirname(dirname(path)));
    const { socket } = memory.recall(deviceId);
    if (names.byId.has(path)) {
      const link = await openLink(request, listener);
      const byPath = socketOf(path, names);
      if (byPath !== undefined) memory.remember(deviceId, { socket: { path, byPath } });
      return link;
    }
    const choice = chooseSocket(path, names, socket, new Set(await devicesOf(otherPaths)));
    if (choice.kind === 'same') return openLink({ ...request, path: choice.path }, listener);
    if (choice.kind === 'none') return openLink(request, listener);
    const attempt = `Opening the serial port ${path}`;
    if (choice.kind === 'other')
      throw new WaystationError('port.replaced', `${attempt}: ${choice.byId} is now where it was`);
    throw new WaystationError('port.missing', `${attempt}: another device of the configuration is where it was`);
  };
}

/** @param folder `/dev/serial`; names that lead nowhere are left out */
export async function readPortNames(folder: string): Promise<PortNames> {
  const [byId, byPath] = await Promise.all([readNames(join(folder, 'by-id')), readNames(join(folder, 'by-path'))]);
  return { byId, byPath };
}

async function readNames(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch(() => []);
  const paths = names.map((name) => join(folder, name));
  const targets = await Promise.all(paths.map(deviceOf));
  return new Map(paths.flatMap((path, index) => (targets[index] === undefined ? [] : [[path, targets[index]]])));
}

async function devicesOf(paths: readonly string[]): Promise<readonly string[]> {
  const devices = await Promise.all(paths.map(deviceOf));
  return devices.filter((device) => device !== undefined);
}

function deviceOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}
