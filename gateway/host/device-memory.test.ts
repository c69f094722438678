import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { openDeviceMemory } from './device-memory.ts';

let folder: string;
let file: string;
let logger: MemoryLogger;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-memory-'));
  file = join(folder, 'devices.json');
  logger = new MemoryLogger();
});
afterEach(() => rm(folder, { recursive: true }));

const SOCKET = { path: '/dev/serial/by-id/gps', byPath: '/dev/serial/by-path/1.3' };

async function recallAfter(id = 'gps0') {
  await using memory = await openDeviceMemory(folder, [{ id: 'gps0' }], logger);
  return memory.recall(id);
}

describe('openDeviceMemory', () => {
  it('knows over a restart what it was told', async () => {
    {
      await using memory = await openDeviceMemory(folder, [{ id: 'gps0' }], logger);
      memory.remember('gps0', { baud: 38_400 });
      memory.remember('gps0', { socket: SOCKET });
      expect(memory.recall('gps0')).toEqual({ baud: 38_400, socket: SOCKET });
    }
    expect(await recallAfter()).toEqual({ baud: 38_400, socket: SOCKET });
  });

  it('writes only what changed: the card lives by it', async () => {
    {
      await using memory = await openDeviceMemory(folder, [{ id: 'gps0' }], logger);
      memory.remember('gps0', { baud: 38_400, socket: SOCKET });
    }
    const { ino, mtimeNs } = await stat(file, { bigint: true });
    {
      await using memory = await openDeviceMemory(folder, [{ id: 'gps0' }], logger);
      memory.remember('gps0', { baud: 38_400 });
      memory.remember('gps0', { socket: { ...SOCKET } });
    }
    expect(await stat(file, { bigint: true })).toMatchObject({ ino, mtimeNs });
  });

  it('forgets devices that are not configured any more with the next change', async () => {
    await writeFile(file, JSON.stringify({ version: 1, devices: { old: { baud: 4800 }, gps0: { baud: 9600 } } }));
    {
      await using memory = await openDeviceMemory(folder, [{ id: 'gps0' }], logger);
      memory.remember('gps0', { baud: 4800 });
    }
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ version: 1, devices: { gps0: { baud: 4800 } } });
  });

  it.each([
    ['nothing', ''],
    ['half a file', '{"version":1,"devices":{"gps0":{"ba'],
    ['zeros, as a power cut leaves them', '\0'.repeat(512)],
    ['another shape', '[1,2]'],
    ['devices of another shape', '{"devices":{"gps0":7}}'],
    ['a rate that is none', '{"devices":{"gps0":{"baud":"fast","socket":{"path":1}}}}'],
    ['a rate that no port has', '{"devices":{"gps0":{"baud":-1}}}'],
    ['far too much', JSON.stringify({ devices: { gps0: { baud: 9600 } }, more: 'x'.repeat(100_000) })],
  ])('ignores %s', async (_, content) => {
    await writeFile(file, content);
    expect(await recallAfter()).toEqual({});
  });

  it('ignores a folder or a pipe in place of the file', async () => {
    await mkdir(file);
    expect(await recallAfter()).toEqual({});
    await rm(file, { recursive: true });
    execFileSync('mkfifo', [file]);
    expect(await recallAfter()).toEqual({});
  });

  it('says in the log that it cannot write, and goes on', async () => {
    await mkdir(file);
    await using memory = await openDeviceMemory(folder, [{ id: 'gps0' }], logger);
    memory.remember('gps0', { baud: 9600 });
    await expect.poll(() => logger.lines).toMatchObject([{ level: 'warn', fields: { path: file } }]);
    expect(memory.recall('gps0')).toEqual({ baud: 9600 });
  });
});
