import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';
import { loadSecret } from './load-secret.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

describe('loadConfig', () => {
  it('prefixes every problem with file, line and column', async () => {
    const file = await write('bad.yaml', 'version: 1\ngateway: { id: a }\nlogg: {}\n');
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: 'config.invalid',
      exitCode: 78,
      message: `Checking the configuration ${file}: 1 problem\n${file}:3:1 logg unknown key; did you mean log?`,
    });
  });

  it('says which file cannot be read, and why', async () => {
    await expect(loadConfig(join(folder, 'none.yaml'))).rejects.toMatchObject({
      code: 'config.unreadable',
      message: expect.stringContaining('none.yaml: ENOENT'),
    });
  });

  it('reads no more than a configuration may have, and no folder [P3]', async () => {
    await expect(loadConfig('/dev/zero')).rejects.toMatchObject({
      code: 'config.unreadable',
      message: expect.stringContaining('/dev/zero: longer than 1048576 bytes'),
    });
    await expect(loadConfig(folder)).rejects.toThrow(`${folder}: it is a folder`);
    await expect(loadSecret({ file: '/dev/zero' })).rejects.toThrow('/dev/zero: longer than 65536 bytes');
  });

  const examples = fileURLToPath(new URL('../../deploy/examples/', import.meta.url));
  it('takes every example', async () => {
    const files = (await readdir(examples)).filter((name) => name.endsWith('.yaml'));
    expect(files).toEqual(expect.arrayContaining(['minimal.yaml', 'truck.yaml']));
    for (const file of files) await expect(loadConfig(join(examples, file))).resolves.toMatchObject({ version: 1 });
  });

  it('takes every configuration that the README shows', async () => {
    const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
    const shown = [...readme.matchAll(/^```yaml\n(version: 1\n.*?)^```$/gms)].map(([, text]) => text ?? '');
    expect(shown.length).toBeGreaterThanOrEqual(2);
    for (const text of shown) {
      await expect(loadConfig(await write('shown.yaml', text))).resolves.toMatchObject({ version: 1 });
    }
  });
});

describe('loadSecret', () => {
  it('drops one line end of a file', async () => {
    const file = await write('secret', 'two words \r\n');
    expect((await loadSecret({ file })).reveal()).toBe('two words ');
  });

  it('reads the environment', async () => {
    expect((await loadSecret({ env: 'HUB' }, { HUB: 'hunter2' })).reveal()).toBe('hunter2');
  });

  it.each([
    ['a missing file', () => ({ file: join(folder, 'none') }), 'ENOENT'],
    ['an empty file', async () => ({ file: await write('empty', '\n') }), 'is empty'],
    ['a file that is no secret', async () => ({ file: await write('large', 'x'.repeat(70_000)) }), 'longer than 65536'],
    ['a variable that is not set', () => ({ env: 'HUB' }), 'HUB is not set', 'secret.notSet'],
  ])('refuses %s', async (_what, source, reason, code = 'secret.unreadable') => {
    await expect(loadSecret(await source(), {})).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reason),
    });
  });
});
