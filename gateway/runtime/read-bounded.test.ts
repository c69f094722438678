import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readBounded } from './read-bounded.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'waystation-read-'));
});
afterEach(() => rm(root, { recursive: true }));

it.each([0, 1, 65_536, 65_537, 200_000])('reads a file of %i bytes, which are the bound, as it is', async (count) => {
  const bytes = Buffer.alloc(count, 'abc');
  await writeFile(join(root, 'file'), bytes);
  expect((await readBounded(join(root, 'file'), count)).equals(bytes)).toBe(true);
});

it('reads a pipe, in the pieces in which it comes', async () => {
  const path = join(root, 'pipe');
  execFileSync('mkfifo', [path]);
  const [bytes] = await Promise.all([readBounded(path, 300_000), writeFile(path, Buffer.alloc(300_000, 'x'))]);
  expect(bytes.length).toBe(300_000);
});

it('stops at the bound, however long the file is [P3]', async () => {
  await writeFile(join(root, 'sparse'), '');
  await truncate(join(root, 'sparse'), 2 ** 36);
  await expect(readBounded(join(root, 'sparse'), 1000)).rejects.toThrow('longer than 1000 bytes');
  await expect(readBounded('/dev/zero', 100_000)).rejects.toThrow('longer than 100000 bytes');
});

it('says of a folder that it is one, and of what is missing that it is', async () => {
  await expect(readBounded(root, 10)).rejects.toThrow('it is a folder');
  await expect(readBounded(join(root, 'none'), 10)).rejects.toMatchObject({
    message: 'ENOENT: no such file or directory',
    code: 'ENOENT',
  });
});
