import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configErrorOf, loadConfig } from '#gateway/config/load-config.ts';
import { parseConfig } from '#gateway/config/parse-config.ts';
import { findPortProblems, findReportIssues } from './check-files.ts';

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

it('names rules of report that name nothing, with their lines and what was probably meant', async () => {
  const dbc =
    'VERSION ""\nBO_ 256 EEC1: 8 ECU\n SG_ EngineSpeed : 0|16@1+ (0.125,0) [0|0] "rpm" X\n SG_ Flag : 16|1@1+ (1,0) [0|0] "" X\n';
  await writeFile(join(folder, 'truck.dbc'), dbc);
  const file = join(folder, 'truck.yaml');
  const report = [
    'EEC1: { deadband: 1 }',
    'EEC1.EngineSped: { deadband: 25 }',
    'EEC2: { drop: true }',
    'EEC1.Flag: { windowMs: 5 }',
  ];
  const device = `  - id: can0\n    type: slcan\n    path: can\n    bitrate: 500000\n    dbc: [truck.dbc]\n    report:\n`;
  const rules = report.map((rule) => `      ${rule}\n`).join('');
  await writeFile(file, `version: 1\ngateway: { id: truck-7 }\ndevices:\n${device}${rules}`);
  const issues = await findReportIssues(await loadConfig(file));
  const { problems } = await configErrorOf(file, issues);
  expect(problems.map(({ line, column, message }) => [line, column, message.split(':')[0]])).toEqual([
    [11, 7, 'names no signal of the message; did you mean EEC1.EngineSpeed?'],
    [12, 7, 'names no message of the DBC files; did you mean EEC1?'],
    [13, 20, 'has no effect'],
  ]);
});
