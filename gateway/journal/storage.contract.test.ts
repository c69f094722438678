import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CopyOnWriteStorage } from './copy-on-write-storage.ts';
import { MemoryStorage } from './memory-storage.ts';
import { MeteredStorage } from './metered-storage.ts';
import { nodeStorage } from './node-storage.ts';
import { append, openTestJournal, TELEMETRY } from './open-test-journal.ts';
import type { Storage } from './storage.ts';
import { verifyJournal } from './verify-journal.ts';

let temporary = '';
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'waystation-storage-'));
});
afterAll(() => rm(temporary, { recursive: true }));

describe.each<[string, () => { storage: Storage; root: string }]>([
  ['nodeStorage', () => ({ storage: nodeStorage, root: join(temporary, 'data') })],
  ['MeteredStorage', () => ({ storage: new MeteredStorage(new MemoryStorage()), root: '/data' })],
  ['CopyOnWriteStorage', () => ({ storage: new CopyOnWriteStorage(nodeStorage), root: join(temporary, 'untouched') })],
  ['MemoryStorage', () => ({ storage: new MemoryStorage(), root: '/data' })],
])('%s', (_, make) => {
  it('keeps what is written where it is written, and reads a hole as zeros', async () => {
    const { storage, root } = make();
    await storage.makeDirectory(`${root}/a/b`);
    const file = await storage.open(`${root}/a/b/file`, 'create');
    await file.write(Buffer.from('tail'), 6);
    await file.write(Buffer.from('he'), 0);
    await file.datasync();
    const target = Buffer.alloc(20, 0xff);
    expect(await file.read(target, 0)).toBe(10);
    expect(target.toString('latin1', 0, 10)).toBe('he\0\0\0\0tail');
    expect(await file.read(target, 8)).toBe(2);
    expect(await file.read(target, 10)).toBe(0);
    expect(await file.read(target, 11)).toBe(0);
    expect(await file.sizeBytes()).toBe(10);
    await file.close();
  });

  it('makes, lists, renames and removes files', async () => {
    const { storage, root } = make();
    const folder = `${root}/names`;
    await storage.makeDirectory(folder);
    await storage.makeDirectory(folder);
    for (const name of ['one', 'two']) await (await storage.open(`${folder}/${name}`, 'create')).close();
    await storage.rename(`${folder}/one`, `${folder}/three`);
    await storage.unlink(`${folder}/two`);
    await storage.syncDirectory(folder);
    expect(await storage.list(folder)).toEqual(['three']);
  });

  it('moves a file to another folder', async () => {
    const { storage, root } = make();
    for (const folder of ['from', 'to']) await storage.makeDirectory(`${root}/${folder}`);
    await (await storage.open(`${root}/from/file`, 'create')).close();
    await storage.rename(`${root}/from/file`, `${root}/to/moved`);
    expect([await storage.list(`${root}/from`), await storage.list(`${root}/to`)]).toEqual([[], ['moved']]);
  });

  it('goes on with a renamed file through the handle that was open', async () => {
    const { storage, root } = make();
    await storage.makeDirectory(root);
    const file = await storage.open(`${root}/before`, 'create');
    await storage.rename(`${root}/before`, `${root}/after`);
    await file.write(Buffer.from('x'), 0);
    await file.close();
    const renamed = await storage.open(`${root}/after`, 'read');
    expect(await renamed.sizeBytes()).toBe(1);
    await renamed.close();
  });

  it('empties a file that is created again, and not one that is updated', async () => {
    const { storage, root } = make();
    await storage.makeDirectory(root);
    for (const [mode, sizeBytes] of [
      ['create', 3],
      ['update', 3],
      ['create', 0],
    ] as const) {
      const file = await storage.open(`${root}/again`, mode);
      if (sizeBytes > 0) await file.write(Buffer.from('abc'), 0);
      expect(await file.sizeBytes()).toBe(sizeBytes);
      await file.close();
    }
  });

  it('writes durably into a file that is there', async () => {
    const { storage, root } = make();
    await storage.makeDirectory(root);
    const file = await storage.open(`${root}/durable`, 'create');
    await file.write(Buffer.from('abcd'), 0);
    const durable = await storage.open(`${root}/durable`, 'durable');
    await durable.write(Buffer.from('XY'), 1);
    const target = Buffer.alloc(9);
    expect(target.toString('latin1', 0, await file.read(target, 0))).toBe('aXYd');
    await durable.close();
    await file.close();
  });

  it('names the reason of a failure by its code', async () => {
    const { storage, root } = make();
    await expect(storage.open(`${root}/none`, 'update')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(storage.open(`${root}/none`, 'durable')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(storage.open(`${root}/none`, 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(storage.list(`${root}/none`)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(storage.unlink(`${root}/none`)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

it('nodeStorage lists files alone: no folder, no pipe, no link to nowhere', async () => {
  const folder = join(temporary, 'strays');
  await mkdir(join(folder, 'lost.new'), { recursive: true });
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling.segment'));
  execFileSync('mkfifo', [join(folder, 'pipe.segment')]);
  await (await nodeStorage.open(join(folder, 'file'), 'create')).close();
  expect(await nodeStorage.list(folder)).toEqual(['file']);
});

describe('what is no regular file', () => {
  it.each<[string, (path: string) => unknown]>([
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    ['a folder', (path) => mkdir(path)],
    ['a link', (path) => symlink('/dev/zero', path)],
  ])('is listed apart, never opened and never waited for: %s', async (_, make) => {
    const folder = await mkdtemp(join(temporary, 'others-'));
    const path = join(folder, 'losses');
    await make(path);
    expect([await nodeStorage.list(folder), await nodeStorage.listOthers(folder)]).toEqual([[], ['losses']]);
    for (const mode of ['read', 'update', 'durable', 'create'] as const) {
      await expect(nodeStorage.open(path, mode)).rejects.toThrow(/^(EFTYPE|EISDIR|ELOOP)/);
    }
  });

  it('is damage where a list of losses or a cursor belongs, and stops no start [J5]', async () => {
    const directory = await mkdtemp(join(temporary, 'damaged-'));
    const folder = join(directory, 'streams', TELEMETRY);
    for (const each of [folder, join(directory, 'cursors', `a.${TELEMETRY}.cursor`)])
      await mkdir(each, { recursive: true });
    execFileSync('mkfifo', [join(folder, 'losses'), join(directory, 'cursors', `b.${TELEMETRY}.cursor`)]);
    const options = { storage: nodeStorage, directory, streams: [{ id: TELEMETRY }], onRead: () => {} };
    const damages = await Array.fromAsync(verifyJournal(options));
    expect(damages.map(({ file, reason }) => [file, reason]).toSorted()).toEqual([
      ['cursors/a.telemetry.cursor', 'no-regular-file'],
      ['cursors/b.telemetry.cursor', 'no-regular-file'],
      ['streams/telemetry/losses', 'no-regular-file'],
    ]);
    expect(await nodeStorage.listOthers(folder)).toEqual(['losses']);

    // The name of the first segment is taken as well.
    await mkdir(join(folder, '0000000000000001.segment'));
    // A start puts it away, so that there is a place to write to.
    const { journal, stream, logger } = await openTestJournal(nodeStorage, { directory });
    await append(stream, 'a');
    for (const sink of ['a', 'b']) {
      const cursor = await journal.openCursor(sink, TELEMETRY, 'oldest');
      cursor.advance(1, 1);
      await cursor.persist();
    }
    await journal[Symbol.asyncDispose]();
    expect(logger.lines.map(({ level, fields }) => [level, fields])).toMatchObject([
      ['error', { putAway: expect.stringMatching(/cursors\/quarantine\/[ab]\.telemetry\.cursor$/) }],
      ['error', { putAway: expect.stringMatching(/cursors\/quarantine\/[ab]\.telemetry\.cursor$/) }],
      ['error', { putAway: join(folder, 'quarantine', 'losses') }],
    ]);
    expect(await Array.fromAsync(verifyJournal(options))).toMatchObject([
      { file: 'streams/telemetry/0000000000000001.segment', reason: 'no-regular-file' },
    ]);
    const again = await openTestJournal(nodeStorage, { directory });
    await again.journal[Symbol.asyncDispose]();
    expect(again.logger.lines).toEqual([]);
  });
});

it.each(['streams', 'streams/telemetry', 'cursors'])('a file where the folder %s belongs is named', async (place) => {
  const directory = await mkdtemp(join(temporary, 'obstructed-'));
  const path = join(directory, place);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '');
  const opened = openTestJournal(nodeStorage, { directory });
  await expect(opened).rejects.toMatchObject({ code: 'dataDir.obstructed', exitCode: 73 });
  await expect(opened).rejects.toThrow(path);
});
