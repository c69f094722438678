import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listPorts } from './list-ports.ts';

let root: string;
let dev: string;
let tty: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'waystation-list-'));
  dev = join(root, 'dev');
  tty = join(root, 'tty');
  for (const folder of ['by-id', 'by-path']) await mkdir(join(dev, 'serial', folder), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

async function plug(
  name: string,
  usb: Readonly<Record<string, string>> = {},
  links: Readonly<Record<string, string>> = {},
) {
  await writeFile(join(dev, name), '');
  const device = join(root, 'usb', name);
  const port = join(device, 'interface', 'port');
  await mkdir(port, { recursive: true });
  await mkdir(join(tty, name), { recursive: true });
  await symlink(port, join(tty, name, 'device'));
  for (const [file, text] of Object.entries(usb)) await writeFile(join(device, file), `${text}\n`);
  for (const [folder, link] of Object.entries(links)) await symlink(join(dev, name), join(dev, 'serial', folder, link));
}

describe('listPorts', () => {
  it('names an adapter by its serial number, and one without by its socket', async () => {
    const usb = { idVendor: '1546', idProduct: '01a8', manufacturer: 'u-blox AG', product: 'u-blox 8' };
    await plug('ttyACM10', { ...usb, serial: '42' }, { 'by-id': 'usb-u-blox_42-if00', 'by-path': 'usb-0:1.3' });
    await plug(
      'ttyUSB2',
      { idVendor: '1a86', idProduct: '7523' },
      { 'by-id': 'usb-1a86-if00', 'by-path': 'usb-0:1.4' },
    );
    expect(await listPorts({ dev, tty })).toEqual([
      {
        path: join(dev, 'ttyACM10'),
        stablePath: join(dev, 'serial/by-id/usb-u-blox_42-if00'),
        isStableFor: 'adapter',
        manufacturer: 'u-blox AG',
        product: 'u-blox 8',
        serialNumber: '42',
        vendorId: '1546',
        productId: '01a8',
      },
      {
        path: join(dev, 'ttyUSB2'),
        stablePath: join(dev, 'serial/by-path/usb-0:1.4'),
        isStableFor: 'socket',
        vendorId: '1a86',
        productId: '7523',
      },
    ]);
  });

  it('lists the ports of a board, leaves out those without a chip, and knows the alias of a Raspberry Pi', async () => {
    await plug('ttyAMA0');
    await symlink(join(dev, 'ttyAMA0'), join(dev, 'serial0'));
    for (const [name, type] of [
      ['ttyS0', '4'],
      ['ttyS1', '0'],
    ] as const) {
      await plug(name);
      await writeFile(join(tty, name, 'type'), `${type}\n`);
    }
    await writeFile(join(dev, 'tty1'), '');
    expect(await listPorts({ dev, tty })).toMatchObject([
      { path: join(dev, 'ttyAMA0'), stablePath: join(dev, 'serial0'), isStableFor: 'nothing' },
      { path: join(dev, 'ttyS0') },
    ]);
  });

  it('lists what has a name, however it is called, and nothing for a name that leads nowhere', async () => {
    await writeFile(join(root, '7'), '');
    await symlink(join(root, '7'), join(dev, 'serial', 'by-id', 'simulated'));
    await symlink(join(root, 'gone'), join(dev, 'serial', 'by-id', 'gone'));
    expect(await listPorts({ dev, tty })).toEqual([
      { path: join(root, '7'), stablePath: join(dev, 'serial/by-id/simulated'), isStableFor: 'adapter' },
    ]);
  });

  it('lists nothing where there are no such folders', async () => {
    expect(await listPorts({ dev: join(root, 'none'), tty })).toEqual([]);
  });
});
