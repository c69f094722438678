import { describe, expect, it } from 'vitest';
import { CopyOnWriteStorage } from './copy-on-write-storage.ts';
import { MemoryStorage } from './memory-storage.ts';
import { append, openTestJournal, readAll, testSegmentPath, textsOf } from './open-test-journal.ts';
import type { Storage } from './storage.ts';

describe('CopyOnWriteStorage', () => {
  it('shows what is below with what was written over it, and leaves that as it was', async () => {
    const below = await withFile('/data/file', 'abcdef');
    const storage = new CopyOnWriteStorage(below);
    const file = await storage.open('/data/file', 'update');
    await file.write(Buffer.from('CD'), 2);
    await file.write(Buffer.from('D'), 3);
    await file.write(Buffer.from('!'), 7);
    expect(await contentOf(storage, '/data/file')).toBe('abCDef\0!');
    expect(await contentOf(below, '/data/file')).toBe('abcdef');
  });

  it('moves and removes names above alone', async () => {
    const below = await withFile('/data/file', 'abc');
    const storage = new CopyOnWriteStorage(below);
    await storage.rename('/data/file', '/data/moved');
    expect(await storage.list('/data')).toEqual(['moved']);
    expect(await contentOf(storage, '/data/moved')).toBe('abc');
    await expect(storage.open('/data/file', 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    await storage.unlink('/data/moved');
    expect(await storage.list('/data')).toEqual([]);
    expect(await below.list('/data')).toEqual(['file']);
  });

  it('opens a journal, and lets it append, on a folder that stays byte for byte as it was', async () => {
    const below = new MemoryStorage();
    {
      const { journal, stream } = await openTestJournal(below);
      await using _ = journal;
      for (const text of ['one', 'two']) await append(stream, text);
    }
    const before = await contentOf(below, testSegmentPath(1));
    const { journal, stream } = await openTestJournal(new CopyOnWriteStorage(below), { seed: 2 });
    await using _ = journal;
    await append(stream, 'three');
    expect(textsOf(await readAll(stream))).toEqual(['one', 'two', 'three']);
    expect(await contentOf(below, testSegmentPath(1))).toBe(before);
  });
});

async function withFile(path: string, content: string): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  await storage.makeDirectory('/data');
  const file = await storage.open(path, 'create');
  await file.write(Buffer.from(content), 0);
  await file.close();
  return storage;
}

async function contentOf(storage: Storage, path: string): Promise<string> {
  const file = await storage.open(path, 'read');
  const content = Buffer.alloc(await file.sizeBytes());
  await file.read(content, 0);
  await file.close();
  return content.toString('latin1');
}
