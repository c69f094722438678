import { describe, expect, it } from 'vitest';
import { MemoryStorage } from './memory-storage.ts';
import { seededRandom } from './open-test-journal.ts';

async function storageWithFile(content: string) {
  const storage = new MemoryStorage();
  await storage.makeDirectory('/d');
  await storage.syncDirectory('/');
  const file = await storage.open('/d/file', 'create');
  await file.write(Buffer.from(content), 0);
  return { storage, file };
}

/** What power cuts with many seeds leave of the file; undefined stands for no file. */
async function survivors(prepare: () => Promise<MemoryStorage>): Promise<ReadonlySet<string | undefined>> {
  const found = new Set<string | undefined>();
  for (let seed = 0; seed < 64; seed++) {
    const disk = (await prepare()).powerCut(seededRandom(seed));
    const names = await disk.list('/d');
    found.add(names.includes('file') ? disk.file('/d/file').content.toString() : undefined);
  }
  return found;
}

describe('MemoryStorage.powerCut', () => {
  it('keeps what was synced, bytes and name', async () => {
    const found = await survivors(async () => {
      const { storage, file } = await storageWithFile('abc');
      await file.datasync();
      await storage.syncDirectory('/d');
      return storage;
    });
    expect([...found]).toEqual(['abc']);
  });

  it('loses, keeps or halves bytes that were not synced', async () => {
    const found = await survivors(async () => {
      const { storage } = await storageWithFile('abc');
      await storage.syncDirectory('/d');
      return storage;
    });
    expect([...found]).toEqual(expect.arrayContaining(['', 'a', 'ab', 'abc']));
  });

  it('loses or keeps a name whose folder was not synced', async () => {
    const found = await survivors(async () => {
      const { storage, file } = await storageWithFile('abc');
      await file.datasync();
      return storage;
    });
    expect([...found].toSorted()).toEqual(['abc', undefined]);
  });

  it('does not cover by a later sync what an earlier, failed one was asked for', async () => {
    const found = await survivors(async () => {
      const { storage, file } = await storageWithFile('abc');
      await storage.syncDirectory('/d');
      storage.failNext('datasync', 'EIO');
      await expect(file.datasync()).rejects.toMatchObject({ code: 'EIO' });
      await file.datasync();
      return storage;
    });
    expect(found.size).toBeGreaterThan(1);
  });

  it('takes the process with it: nothing that it called returns, and nothing it calls has an effect', async () => {
    const { storage, file } = await storageWithFile('abc');
    let hasReturned = false;
    storage.holdSyncs();
    void file.datasync().then(() => {
      hasReturned = true;
    });
    const disk = storage.kill();
    storage.releaseSyncs();
    void file.write(Buffer.from('xyz'), 0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasReturned).toBe(false);
    expect(disk.file('/d/file').content.toString()).toBe('abc');
  });
});

it('writes half of what a failing write was given', async () => {
  const { storage, file } = await storageWithFile('');
  storage.failNext('write', 'ENOSPC');
  await expect(file.write(Buffer.from('abcd'), 0)).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(storage.file('/d/file').content.toString()).toBe('ab');
});
