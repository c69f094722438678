import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseSocket, withByPathFallback } from './by-path-fallback.ts';
import { FakeDeviceMemory } from './fake-device-memory.ts';
import { FakeSerialPorts } from './fake-serial-ports.ts';

const ID = '/dev/serial/by-id/usb-Maker_GPS_1234-if00';
const OTHER_ID = '/dev/serial/by-id/usb-Maker_GPS_5678-if00';
const SOCKET = '/dev/serial/by-path/platform-usb-0:1.3:1.0';

describe('chooseSocket', () => {
  const names = (byId: Record<string, string>, byPath: Record<string, string>) => ({
    byId: new Map(Object.entries(byId)),
    byPath: new Map(Object.entries(byPath)),
  });
  const remembered = { path: ID, byPath: SOCKET };

  it.each([
    ['nothing is remembered', undefined, names({}, { [SOCKET]: '/dev/ttyUSB0' }), [], { kind: 'none' }],
    ['the socket is empty', remembered, names({}, {}), [], { kind: 'none' }],
    [
      'the path was another then',
      { path: OTHER_ID, byPath: SOCKET },
      names({}, { [SOCKET]: '/dev/ttyUSB0' }),
      [],
      { kind: 'none' },
    ],
    [
      'it lost its name',
      remembered,
      names({ [OTHER_ID]: '/dev/ttyUSB1' }, { [SOCKET]: '/dev/ttyUSB0' }),
      [],
      { kind: 'same', path: SOCKET },
    ],
    [
      'another sits there',
      remembered,
      names({ [OTHER_ID]: '/dev/ttyUSB0' }, { [SOCKET]: '/dev/ttyUSB0' }),
      [],
      { kind: 'other', byId: OTHER_ID },
    ],
    [
      'the configuration gives it to another',
      remembered,
      names({}, { [SOCKET]: '/dev/ttyUSB0' }),
      ['/dev/ttyUSB0'],
      { kind: 'claimed' },
    ],
  ])('%s [S3]', (_, socket, found, claimed, expected) => {
    expect(chooseSocket(ID, found, socket, new Set(claimed))).toEqual(expected);
  });
});

describe('withByPathFallback', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'waystation-ports-'));
    for (const folder of ['by-id', 'by-path']) await mkdir(join(root, folder));
    for (const device of ['ttyUSB0', 'ttyUSB1']) await writeFile(join(root, device), '');
  });
  afterEach(() => rm(root, { recursive: true }));
  const link = (folder: string, name: string, device: string) => symlink(join(root, device), join(root, folder, name));
  const unlink = (folder: string, name: string) => rm(join(root, folder, name));
  const listener = { onBytes: () => {}, onClosed: () => {} };

  it('learns the socket of a name, and opens it when only the name is gone', async () => {
    const bench = new FakeSerialPorts();
    const memory = new FakeDeviceMemory();
    const path = join(root, 'by-id', 'gps');
    const socket = join(root, 'by-path', '1.3');
    const open = withByPathFallback(bench.open, { deviceId: 'gps0', memory, otherPaths: [] });
    await link('by-id', 'gps', 'ttyUSB0');
    await link('by-path', '1.3', 'ttyUSB0');
    await link('by-path', '1.4', 'ttyUSB1');
    bench.plug(path);
    await (await open({ path, baud: 9600 }, listener)).close();
    expect(memory.recall('gps0')).toEqual({ socket: { path, byPath: socket } });

    await unlink('by-id', 'gps');
    bench.plug(socket);
    const opened = await open({ path, baud: 9600 }, listener);
    expect(opened.path).toBe(socket);
    await opened.close();

    // What is plugged in there now has a name of its own.
    await link('by-id', 'other', 'ttyUSB0');
    await expect(open({ path, baud: 9600 }, listener)).rejects.toMatchObject({
      code: 'port.replaced',
      message: `Opening the serial port ${path}: ${join(root, 'by-id', 'other')} is now where it was`,
    });
  });

  it('leaves a socket alone that another device of the configuration leads to', async () => {
    const bench = new FakeSerialPorts();
    const memory = new FakeDeviceMemory();
    const path = join(root, 'by-id', 'gps');
    const socket = join(root, 'by-path', '1.3');
    memory.remember('gps0', { socket: { path, byPath: socket } });
    await link('by-path', '1.3', 'ttyUSB0');
    bench.plug(socket);
    const otherPaths = [join(root, 'ttyUSB0')];
    const open = withByPathFallback(bench.open, { deviceId: 'gps0', memory, otherPaths });
    await expect(open({ path, baud: 9600 }, listener)).rejects.toMatchObject({ code: 'port.missing' });
    expect(bench.attempts).toEqual([]);
  });
});
