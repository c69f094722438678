import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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
