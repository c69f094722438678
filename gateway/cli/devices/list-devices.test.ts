import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { otherPorts } from './list-devices.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-ports-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('tells a configured port that is there, wherever it lies, from one that is not', async () => {
  await mkdir(join(folder, 'folder'));
  // A character device that nobody has open.
  await symlink('/dev/full', join(folder, 'linked'));
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling'));
  const names = ['linked', 'dangling', 'absent', 'folder'];
  const devices = names.map((id) => ({ ...ADAPTER, id, path: join(folder, id) }));
  const ports = await otherPorts([], [], { devices });
  expect(ports.map(({ device, state }) => [device, state])).toEqual([
    ['linked', 'free'],
    ['dangling', 'missing'],
    ['absent', 'missing'],
    ['folder', 'unusable'],
  ]);
});

const ADAPTER = {
  type: 'slcan',
  bitrate: 500_000,
  listenOnly: true,
  adapter: 'auto',
  baud: 115_200,
  dbc: [] as string[],
  j1939: 'auto',
} as const;
