import type { OpenMode, Storage, StorageFile } from './storage.ts';

/** Another storage, with all that is written and synced through it counted: frames, headers, cursors and whatever else there is. */
export class MeteredStorage implements Storage {
  writtenBytes = 0;
  syncCount = 0;
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  makeDirectory(path: string): Promise<void> {
    return this.#storage.makeDirectory(path);
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#storage.list(directory);
  }

  listOthers(directory: string): Promise<readonly string[]> {
    return this.#storage.listOthers(directory);
  }

  async open(path: string, mode: OpenMode): Promise<StorageFile> {
    const file = await this.#storage.open(path, mode);
    return mode === 'read' ? file : new MeteredFile(file, this, mode === 'durable');
  }

  rename(from: string, to: string): Promise<void> {
    return this.#storage.rename(from, to);
  }

  unlink(path: string): Promise<void> {
    return this.#storage.unlink(path);
  }

  async syncDirectory(directory: string): Promise<void> {
    await this.#storage.syncDirectory(directory);
    this.syncCount++;
  }
}

class MeteredFile implements StorageFile {
  readonly #file: StorageFile;
  readonly #meter: MeteredStorage;
  readonly #syncsWrites: boolean;

  constructor(file: StorageFile, meter: MeteredStorage, syncsWrites: boolean) {
    this.#file = file;
    this.#meter = meter;
    this.#syncsWrites = syncsWrites;
  }

  sizeBytes(): Promise<number> {
    return this.#file.sizeBytes();
  }

  read(target: Uint8Array, offset: number): Promise<number> {
    return this.#file.read(target, offset);
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    await this.#file.write(bytes, offset);
    this.#meter.writtenBytes += bytes.length;
    if (this.#syncsWrites) this.#meter.syncCount++;
  }

  async datasync(): Promise<void> {
    await this.#file.datasync();
    this.#meter.syncCount++;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
