import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { loadDbc, logDbcWarnings, printDbcWarnings } from './load-dbc.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-dbc-'));
  await writeFile(
    join(folder, 'good.dbc'),
    'VERSION ""\nBO_ 256 Engine: 8 ECU\n SG_ Speed : 0|16@1+ (1,0) [0|1] "" X\n',
  );
  const bad = ' SG_ Speed : 0|0@1+ (1,0) [0|1] "" X\n';
  await writeFile(join(folder, 'odd.dbc'), `BO_ 256 Engine: 8 ECU\n${bad.repeat(12)}`);
  await writeFile(join(folder, 'photo.dbc'), Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
});
afterAll(() => rm(folder, { recursive: true }));

describe('loadDbc', () => {
  it('reads a DBC file', async () => {
    const frame = { id: 256, isExtended: false, isRemote: false, data: Uint8Array.of(1, 0) };
    const { decoder, warnings, dbc } = await loadDbc(join(folder, 'good.dbc'));
    expect(decoder.decode(frame)).toMatchObject({ name: 'Engine', signals: { Speed: { phys: 1 } } });
    expect([warnings, dbc.messages.length]).toEqual([[], 1]);
  });

  it.each([
    ['dbc.unreadable', 'none.dbc', 'ENOENT'],
    ['dbc.unreadable', '.', 'it is a folder'],
    ['dbc.invalid', 'photo.dbc', 'photo.dbc:1:1: there is no statement of a DBC in it'],
  ])('fails with %s on %s', async (code, file, reason) => {
    await expect(loadDbc(join(folder, file))).rejects.toMatchObject({
      code,
      exitCode: 78,
      message: expect.stringContaining(reason),
    });
  });
});

it('logs the first warnings of a file, and how many there are', async () => {
  const logger = new MemoryLogger();
  logDbcWarnings(await loadDbc(join(folder, 'odd.dbc')), logger);
  expect(logger.lines).toMatchObject([{ level: 'debug' }, { level: 'warn', fields: { warningCount: 12 } }]);
});

it('prints the first warnings of a file, and how many there are more', async () => {
  const stderr = new PassThrough();
  printDbcWarnings(await loadDbc(join(folder, 'odd.dbc')), stderr);
  const lines = String(stderr.read()).replaceAll(folder, '').trim().split('\n');
  expect(lines).toHaveLength(11);
  expect(lines[0]).toMatch(/^\/odd\.dbc:2:6: /);
  expect(lines[10]).toBe('/odd.dbc: 2 more warnings; `waystation dbc check` lists them');
});
