import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadMachineName } from './machine-name.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-machine-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function nameFor(id: string): Promise<string | undefined> {
  const file = join(folder, 'machine-id');
  await writeFile(file, id);
  return await loadMachineName(file);
}

it('names a machine always the same, another otherwise, and never by its id [J3]', async () => {
  const id = '0123456789abcdef0123456789abcdef';
  const name = await nameFor(`${id}\n`);
  expect(name).toMatch(/^[0-9a-f]{16}$/);
  expect(await nameFor(id)).toBe(name);
  expect(id).not.toContain(name);
  expect(await nameFor('1123456789abcdef0123456789abcdef')).not.toBe(name);
});

it.each(['', 'uninitialized\n', '0'.repeat(32), 'x'.repeat(32)])(
  'gives no name to a machine whose id is %j',
  async (id) => {
    expect(await nameFor(id)).toBeUndefined();
    expect(await loadMachineName(join(folder, 'none'))).toBeUndefined();
  },
);
