import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SerialPort } from 'serialport';
import { nameOf, type PortNames, readPortNames } from './by-path-fallback.ts';

/** A serial port of this machine, and what is known of the adapter that it belongs to. */
export interface FoundPort {
  /** `/dev/ttyUSB0`: changes from one plugging in to the next. */
  readonly path: string;
  /** The name to configure it by. */
  readonly stablePath: string;
  /** Whether that name stays with the adapter, or with the socket (no serial number tells the adapter from its like), or is the best there is. */
  readonly isStableFor: 'adapter' | 'socket' | 'nothing';
  readonly manufacturer?: string;
  readonly product?: string;
  readonly serialNumber?: string;
  /** Four hex digits, as of USB. */
  readonly vendorId?: string;
  readonly productId?: string;
}

/** Where Linux tells of its ports. */
export interface PortFolders {
  /** `/dev` */
  readonly dev: string;
  /** `/sys/class/tty` */
  readonly tty: string;
}

const SYSTEM_FOLDERS: PortFolders = { dev: '/dev', tty: '/sys/class/tty' };
/** Adapters on USB, the ports of a board, Bluetooth; not consoles and terminals. */
const PORT_NAME = /^(?:tty(?:USB|ACM|AMA|S|O|MFD|THS|SC|XRUSB|WCH|mxc|LP|PS)|rfcomm)\d+$/;
/** What a driver of `ttyS` calls a port that has no chip. */
const NO_CHIP = '0';

/**
 * The serial ports of this machine, by their paths. On Linux the device folder and sysfs are read, which also works where there is no
 * `udevadm`, as in containers; elsewhere the serial library is asked.
 */
export async function listPorts(folders: PortFolders = SYSTEM_FOLDERS): Promise<readonly FoundPort[]> {
  if (process.platform !== 'linux') return (await SerialPort.list()).map(withoutNames);
  const names = await readPortNames(join(folders.dev, 'serial'));
  // What a name leads to is a port, whatever it is called.
  const known = new Set([...names.byId.values(), ...names.byPath.values()]);
  for (const name of await readdir(folders.dev).catch(() => []))
    if (PORT_NAME.test(name)) known.add(join(folders.dev, name));
  const ports = await Promise.all([...known].map((path) => describePort(path, names, folders)));
  return ports.filter((port) => port !== undefined).sort((a, b) => collator.compare(a.path, b.path));
}

const collator = new Intl.Collator('en', { numeric: true });

async function describePort(path: string, names: PortNames, { dev, tty }: PortFolders): Promise<FoundPort | undefined> {
  const folder = join(tty, path.slice(dev.length + 1));
  if ((await readText(join(folder, 'type'))) === NO_CHIP) return undefined;
  const adapter = await describeAdapter(folder);
  const alias = join(dev, 'serial0');
  const isAlias = (await realpath(alias).catch(() => undefined)) === path;
  return { path, ...chooseName(isAlias ? alias : path, path, names, adapter.serialNumber), ...adapter };
}

/** An adapter without a serial number shares its name by id with its like: there the socket is the better name. */
function chooseName(
  plain: string,
  path: string,
  { byId, byPath }: PortNames,
  serialNumber: string | undefined,
): Pick<FoundPort, 'stablePath' | 'isStableFor'> {
  const idName = nameOf(path, byId);
  const socketName = nameOf(path, byPath);
  if (idName !== undefined && (serialNumber !== undefined || socketName === undefined))
    return { stablePath: idName, isStableFor: 'adapter' };
  if (socketName !== undefined) return { stablePath: socketName, isStableFor: 'socket' };
  return { stablePath: plain, isStableFor: 'nothing' };
}

/** How far above a port its USB device may be: port, interface, device. */
const MAX_STEPS_UP = 4;

/** Of the USB device above the port; nothing where there is none. */
async function describeAdapter(ttyFolder: string): Promise<Omit<FoundPort, 'path' | 'stablePath' | 'isStableFor'>> {
  let folder = await realpath(join(ttyFolder, 'device')).catch(() => undefined);
  for (let step = 0; folder !== undefined && step < MAX_STEPS_UP; step++, folder = dirname(folder)) {
    const vendorId = await readText(join(folder, 'idVendor'));
    if (vendorId === undefined) continue;
    const [productId, manufacturer, product, serialNumber] = await Promise.all(
      ['idProduct', 'manufacturer', 'product', 'serial'].map((name) => readText(join(folder ?? '', name))),
    );
    return Object.fromEntries(
      Object.entries({ manufacturer, product, serialNumber, vendorId, productId }).filter(([, text]) => text),
    );
  }
  return {};
}

function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

function withoutNames(port: Awaited<ReturnType<typeof SerialPort.list>>[number]): FoundPort {
  const { path, manufacturer, serialNumber, vendorId, productId } = port;
  const known = Object.entries({ manufacturer, serialNumber, vendorId, productId }).filter(([, text]) => text);
  return { path, stablePath: path, isStableFor: 'nothing', ...Object.fromEntries(known) };
}
