import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolders } from './make-folders.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'waystation-folders-'));
});
afterEach(() => rm(root, { recursive: true }));

it('makes what is missing, with the mode, and says what it made', async () => {
  const [a, b] = [join(root, 'a'), join(root, 'a', 'b')];
  expect(await makeFolders(b, 0o700)).toEqual([a, b]);
  expect((await stat(b)).mode & 0o777).toBe(0o700);
  expect(await makeFolders(b, 0o700)).toEqual([]);
});

it('takes a link to a folder for a folder', async () => {
  await symlink(root, join(root, 'link'));
  expect(await makeFolders(join(root, 'link'))).toEqual([]);
});

it('makes one folder from two sides at once', async () => {
  const path = join(root, 'x', 'y');
  await Promise.all([makeFolders(path), makeFolders(path)]);
  expect(await makeFolders(path)).toEqual([]);
});

it('ends with the reason where no folder can be', async () => {
  await writeFile(join(root, 'file'), '');
  await symlink('nowhere', join(root, 'loose'));
  await expect(makeFolders(join(root, 'file', 'a'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolders(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolders(join(root, 'loose'))).rejects.toMatchObject({ code: 'EEXIST' });
});

it.runIf(process.platform === 'linux')('ends where the system denies what is there', async () => {
  await expect(makeFolders('/proc/nope/deeper')).rejects.toMatchObject({ code: 'ENOENT' });
});
