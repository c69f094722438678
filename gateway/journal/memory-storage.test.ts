import { describe, expect, it } from 'vitest';
import { type Lie, MemoryStorage } from './memory-storage.ts';
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

  it('keeps what was written durably', async () => {
    const found = await survivors(async () => {
      const { storage, file } = await storageWithFile('abc');
      await file.datasync();
      await storage.syncDirectory('/d');
      await (await storage.open('/d/file', 'durable')).write(Buffer.from('xyz'), 0);
      return storage;
    });
    expect([...found]).toEqual(['xyz']);
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

describe('a disk that is in trouble', () => {
  it('takes what fits and says that it is full, until there is room', async () => {
    const { storage, file } = await storageWithFile('abc');
    storage.limitSpace(1);
    await expect(file.write(Buffer.alloc(3 * 4096, 1), 0)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(storage.file('/d/file').content.length).toBe(2 * 4096);
    await file.write(Buffer.from('in place'), 0);
    storage.limitSpace(0, true);
    await expect(file.write(Buffer.from('a copy'), 0)).rejects.toMatchObject({ code: 'ENOSPC' });
    storage.heal();
    await file.write(Buffer.from('a copy'), 0);
  });

  it('changes nothing while it is read-only, and reads', async () => {
    const { storage, file } = await storageWithFile('abc');
    storage.isReadOnly = true;
    await expect(file.write(Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'EROFS' });
    await expect(storage.unlink('/d/file')).rejects.toMatchObject({ code: 'EROFS' });
    await expect(storage.open('/d/new', 'create')).rejects.toMatchObject({ code: 'EROFS' });
    expect(await file.read(Buffer.alloc(3), 0)).toBe(3);
  });
});

describe('a disk that lies', () => {
  /** @returns the content before and after a power cut */
  async function contents(lie: Lie): Promise<readonly string[]> {
    const { storage, file } = await storageWithFile('abc');
    await file.datasync();
    await storage.syncDirectory('/d');
    storage.lieNext(lie, () => 0);
    await file.write(Buffer.from('xyz'), 0);
    await file.datasync();
    const before = storage.file('/d/file').content.toString();
    const disk = storage.powerCut(() => 0);
    expect(disk.lieCount).toBe(1);
    return [before, disk.file('/d/file').content.toString()];
  }

  it('shows a lost write until the power goes', async () => {
    expect(await contents('lostWrite')).toEqual(['xyz', 'abc']);
  });

  it('keeps nothing of a sync that it only claimed', async () => {
    expect(await contents('idleSync')).toEqual(['xyz', 'abc']);
  });

  it('puts a misplaced write where other bytes were', async () => {
    const { storage, file } = await storageWithFile('abc');
    await file.datasync();
    await storage.syncDirectory('/d');
    storage.lieNext('misplacedWrite', () => 0);
    await file.write(Buffer.from('xyz'), 600);
    await file.datasync();
    expect(
      storage
        .powerCut(() => 0)
        .file('/d/file')
        .content.toString(),
    ).toBe('xyz');
  });

  it('reads what was there before the last write, once', async () => {
    const { storage, file } = await storageWithFile('abc');
    await file.write(Buffer.from('xyz'), 1);
    storage.lieNext('staleRead', () => 0);
    const target = Buffer.alloc(4);
    await file.read(target, 0);
    expect(target.toString()).toBe('abc\0');
    await file.read(target, 0);
    expect(target.toString()).toBe('axyz');
  });

  it('flips one bit', async () => {
    const { storage, file } = await storageWithFile('abc');
    await file.datasync();
    storage.flipBit(() => 0);
    expect(storage.file('/d/file').content.toString()).toBe('`bc');
    expect(storage.lieCount).toBe(1);
  });
});
