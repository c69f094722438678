import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseConfig } from '#gateway/config/parse-config.ts';
import { findPortProblems } from './check-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-ports-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('names paths of devices that lead to no serial port, and none that lead nowhere', async () => {
  await mkdir(join(folder, 'folder'));
  await writeFile(join(folder, 'file'), '');
  await symlink('/dev/full', join(folder, 'port'));
  const devices = ['folder', 'file', 'port', 'absent'].map((id) => `  - { id: ${id}, type: gnss, path: ${id} }\n`);
  const text = `version: 1\ngateway: { id: truck-7 }\ndevices:\n${devices.join('')}`;
  const parsed = parseConfig(Buffer.from(text), join(folder, 'waystation.yaml'));
  if (!parsed.isValid) throw new Error('the configuration is valid');
  expect(await findPortProblems(parsed.config)).toEqual([
    `Opening the serial port ${folder}/folder: it is a folder`,
    `Opening the serial port ${folder}/file: it is a file`,
  ]);
});
