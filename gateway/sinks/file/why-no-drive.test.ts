import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HostPlaces, whyNoDrive } from './why-no-drive.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ws-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function judge(directory: string, host: HostPlaces) {
  return whyNoDrive(directory, (await stat(directory)).dev, host);
}

describe('a mount point', () => {
  it('on a file system of the host is no drive', async () => {
    expect(await judge(folder, { folders: ['/', folder] })).toBe('the folder lies on a file system of the host');
  });

  it('on another partition of a disk of the host is none, and one on a disk of its own may be', async () => {
    const { dev } = await stat(folder);
    // A folder that the system makes up lies on another device than any other.
    const host = { folders: ['/proc', '/not-there'], findDisk: () => '/sys/disk0' };
    expect(await judge(folder, host)).toBe('the folder lies on a disk of the host');
    const disks = (each: number) => (each === dev ? '/sys/disk1' : '/sys/disk0');
    expect(await judge(folder, { ...host, findDisk: disks })).not.toBe('the folder lies on a disk of the host');
  });

  it('of which nothing is known but that it is another file system passes', async () => {
    expect(await judge('/proc', { folders: [folder], findDisk: () => undefined })).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('in memory is none', async () => {
    expect(await judge('/dev/shm', { folders: [] })).toBe('the folder lies in the memory of the host');
  });

  it('that has another file system by now is none', async () => {
    expect(await whyNoDrive(folder, -1, { folders: [] })).toBe('it has just gone');
  });
});
