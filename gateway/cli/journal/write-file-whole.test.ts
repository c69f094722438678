import { execFileSync } from 'node:child_process';
import { lstat, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFileWhole } from './write-file-whole.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-export-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('gives a file its name when it is whole, though two write it at once', async () => {
  const path = join(folder, 'out');
  const slowIsUnderWay = Promise.withResolvers<void>();
  const fastIsDone = Promise.withResolvers<void>();
  async function* slowText() {
    yield 'slow '.repeat(1000);
    slowIsUnderWay.resolve();
    await fastIsDone.promise;
    yield 'end';
  }
  const slow = writeFileWhole(path, slowText());
  await slowIsUnderWay.promise;
  await writeFileWhole(
    path,
    (async function* () {
      yield 'fast';
    })(),
  );
  expect(await readFile(path, 'utf8')).toBe('fast');
  fastIsDone.resolve();
  await slow;
  expect(await readFile(path, 'utf8')).toBe(`${'slow '.repeat(1000)}end`);
  expect(await readdir(folder)).toEqual(['out']);
});

async function* text() {
  yield 'all of it';
}

it('writes into a pipe or a device, and never takes its place', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reading = readFile(path, 'utf8');
  await writeFileWhole(path, text());
  expect(await reading).toBe('all of it');
  expect((await lstat(path)).isFIFO()).toBe(true);
});

it('replaces what a link leads to, not the link', async () => {
  await writeFileWhole(join(folder, 'out'), text());
  await symlink('out', join(folder, 'link'));
  await writeFileWhole(join(folder, 'link'), text());
  expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
  expect(await readdir(folder)).toEqual(['link', 'out']);
});

it('says what it cannot write', async () => {
  await expect(writeFileWhole(folder, text())).rejects.toMatchObject({ code: 'file.unwritable' });
});
