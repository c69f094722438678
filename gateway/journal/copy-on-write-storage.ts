import type { OpenMode, Storage, StorageFile } from './storage.ts';

/**
 * A storage that shows another one and changes nothing there: what is written, renamed or removed stays in memory. With it a
 * journal opens on a folder that must not be touched, and a repair tells what it would do by doing it.
 */
export class CopyOnWriteStorage implements Storage {
  readonly #below: Storage;
  /** What differs from below, by path. `gone`: there is no such file any more. */
  readonly #changed = new Map<string, ChangedFile | 'gone'>();
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

  async listOthers(directory: string): Promise<readonly string[]> {
    return this.#madeFolders.has(directory) ? [] : await this.#below.listOthers(directory);
  }

  async open(path: string, mode: OpenMode): Promise<StorageFile> {
    if (mode === 'create') this.#changed.set(path, new ChangedFile());
    const known = this.#changed.get(path);
    if (known === 'gone') throw notFound(path);
    const file = known ?? new ChangedFile({ storage: this.#below, path });
    const opened = await file.open();
    // A file that is only read is not remembered: there may be thousands.
    if (mode !== 'read') this.#changed.set(path, file);
    return opened;
  }

  async rename(from: string, to: string): Promise<void> {
    await (await this.open(from, 'update')).close();
    const file = this.#changed.get(from);
    if (file !== undefined) this.#changed.set(to, file);
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
class ChangedFile {
  readonly #origin: { readonly storage: Storage; readonly path: string } | undefined;
  readonly #patches: Patch[] = [];

  /** @param origin where its bytes are; none: it was made here */
  constructor(origin?: { readonly storage: Storage; readonly path: string }) {
    this.#origin = origin;
  }

  async open(): Promise<StorageFile> {
    return new ChangedFileHandle(await this.#origin?.storage.open(this.#origin.path, 'read'), this.#patches);
  }
}

interface Patch {
  readonly bytes: Buffer;
  readonly offset: number;
}

class ChangedFileHandle implements StorageFile {
  readonly #below: StorageFile | undefined;
  readonly #patches: Patch[];

  constructor(below: StorageFile | undefined, patches: Patch[]) {
    this.#below = below;
    this.#patches = patches;
  }

  async sizeBytes(): Promise<number> {
    const belowBytes = (await this.#below?.sizeBytes()) ?? 0;
    return this.#patches.reduce((size, { bytes, offset }) => Math.max(size, offset + bytes.length), belowBytes);
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    if (this.#patches.length === 0) return (await this.#below?.read(target, offset)) ?? 0;
    const readBytes = Math.min(target.length, Math.max(0, (await this.sizeBytes()) - offset));
    const wanted = target.subarray(0, readBytes);
    const belowBytes = (await this.#below?.read(wanted, offset)) ?? 0;
    wanted.fill(0, belowBytes);
    for (const patch of this.#patches) {
      const start = Math.max(0, offset - patch.offset);
      const part = patch.bytes.subarray(start, Math.max(start, offset + readBytes - patch.offset));
      if (part.length > 0) wanted.set(part, Math.max(0, patch.offset - offset));
    }
    return readBytes;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    this.#patches.push({ bytes: Buffer.from(bytes), offset });
  }

  async datasync(): Promise<void> {}

  async close(): Promise<void> {
    await this.#below?.close();
  }
}

function notFound(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file, ${path}`), { code: 'ENOENT' });
}
