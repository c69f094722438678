import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadBootId } from './boot-id.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-boot-'));
});
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['6c9a1f0e-1b2d-4c3e-9f00-0123456789ab\n', '6c9a1f0e-1b2d-4c3e-9f00-0123456789ab'],
  ['', undefined],
  ['0123456789abcdef0123456789abcdef', undefined],
  ['6c9a1f0e-1b2d-4c3e-9f00-0123456789ab-and-more', undefined],
  ['x'.repeat(1000), undefined],
])('reads %j as %s', async (content, expected) => {
  const file = join(folder, 'boot_id');
  await writeFile(file, content);
  expect(await loadBootId(file)).toBe(expected);
});

it('has no name for a start where the system has none', async () => {
  expect(await loadBootId(join(folder, 'none'))).toBeUndefined();
});

it.skipIf(process.platform !== 'linux')('is the same whenever it is asked for', async () => {
  const id = await loadBootId();
  expect(id).toBeDefined();
  expect(await loadBootId()).toBe(id);
});
