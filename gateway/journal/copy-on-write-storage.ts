import type { Storage, StorageFile } from './storage.ts';

/**
 * A storage that shows another one and changes nothing there: what is written, renamed or removed stays in memory. With it a
 * journal opens on a folder that must not be touched, and a repair tells what it would do by doing it.
 */
export class CopyOnWriteStorage implements Storage {
  readonly #below: Storage;
  /** What differs from below, by path. `gone`: there is no such file any more. */
  readonly #changed = new Map<string, SharedFile | 'gone'>();
  readonly #madeFolders = new Set<string>();

  constructor(below: Storage) {
    this.#below = below;
  }

  async makeDirectory(path: string): Promise<void> {
    this.#madeFolders.add(path);
  }

  async list(directory: string): Promise<readonly string[]> {
    const names = new Set(await this.#listBelow(directory));
    for (const [path, file] of this.#changed) {
      const name = path.slice(directory.length + 1);
      if (!path.startsWith(`${directory}/`) || name.includes('/')) continue;
      if (file === 'gone') names.delete(name);
      else names.add(name);
    }
    return [...names];
  }

  async open(path: string, mode: 'create' | 'update' | 'read'): Promise<StorageFile> {
    if (mode === 'create') this.#changed.set(path, new SharedFile(undefined));
    const file = this.#changed.get(path);
    if (file === 'gone') throw notFound(path);
    if (file !== undefined) return file.open();
    const opened = new SharedFile(await this.#below.open(path, 'read'));
    // A file that is only read is not remembered: there may be thousands.
    if (mode === 'update') this.#changed.set(path, opened);
    return opened.open(mode === 'update');
  }

  async rename(from: string, to: string): Promise<void> {
    const known = this.#changed.get(from);
    if (known === 'gone') throw notFound(from);
    this.#changed.set(to, known ?? new SharedFile(await this.#below.open(from, 'read')));
    this.#changed.set(from, 'gone');
  }

  async unlink(path: string): Promise<void> {
    await (await this.open(path, 'read')).close();
    this.#changed.set(path, 'gone');
  }

  async syncDirectory(_directory: string): Promise<void> {}

  async #listBelow(directory: string): Promise<readonly string[]> {
    try {
      return await this.#below.list(directory);
    } catch (error) {
      if (this.#madeFolders.has(directory)) return [];
      throw error;
    }
  }
}

/** A file as all its handles see it: the bytes below, and over them what was written since, in order. */
class SharedFile {
  readonly #below: StorageFile | undefined;
  readonly #patches: { readonly bytes: Buffer; readonly offset: number }[] = [];

  constructor(below: StorageFile | undefined) {
    this.#below = below;
  }

  /** @param isKept whether the file below stays open for the next handle */
  open(isKept = true): StorageFile {
    return {
      sizeBytes: () => this.#sizeBytes(),
      read: (target, offset) => this.#read(target, offset),
      write: async (bytes, offset) => void this.#patches.push({ bytes: Buffer.from(bytes), offset }),
      datasync: async () => {},
      close: async () => {
        if (!isKept) await this.#below?.close();
      },
    };
  }

  async #sizeBytes(): Promise<number> {
    const belowBytes = (await this.#below?.sizeBytes()) ?? 0;
    return this.#patches.reduce((size, { bytes, offset }) => Math.max(size, offset + bytes.length), belowBytes);
  }

  async #read(target: Uint8Array, offset: number): Promise<number> {
    const readBytes = Math.min(target.length, Math.max(0, (await this.#sizeBytes()) - offset));
    const wanted = target.subarray(0, readBytes);
    const belowBytes = (await this.#below?.read(wanted, offset)) ?? 0;
    wanted.fill(0, belowBytes);
    for (const patch of this.#patches) {
      const part = patch.bytes.subarray(
        Math.max(0, offset - patch.offset),
        Math.max(0, offset + readBytes - patch.offset),
      );
      if (part.length > 0) wanted.set(part, Math.max(0, patch.offset - offset));
    }
    return readBytes;
  }
}

function notFound(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file, ${path}`), { code: 'ENOENT' });
}
