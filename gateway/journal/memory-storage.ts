import { basename, dirname } from 'node:path';
import { MemoryFile } from './memory-file.ts';
import type { Storage, StorageFile } from './storage.ts';

/**
 * A disk for tests that forgets what a real one may forget.
 *
 * Bytes are durable once synced, names once their folder is. {@link MemoryStorage.powerCut} gives the disk as it is found
 * afterwards: of the rest anything may be there, in any order, whole or in parts. A sync that fails takes the bytes it was
 * asked for out of what later syncs cover, as Linux does. {@link MemoryStorage.kill} ends only the process.
 */
export class MemoryStorage implements Storage {
  /** Calls so far: what {@link MemoryStorage.dieAfter} counts. */
  operationCount = 0;
  readonly #folders: Map<string, Folder>;
  #faults: Fault[] = [];
  #held: (() => void)[] | undefined;
  #dieAfter = Number.POSITIVE_INFINITY;
  #isDead = false;
  #onDeath: () => void = () => undefined;
  /** Resolves when the process has died. */
  readonly died: Promise<void> = new Promise((resolve) => {
    this.#onDeath = resolve;
  });

  constructor(folders: ReadonlyMap<string, Folder> = new Map([['/', emptyFolder(true)]])) {
    this.#folders = new Map(folders);
  }

  /** The call with this number is the last: it takes effect but never returns, nor does any after it. */
  dieAfter(operationCount: number): void {
    this.#dieAfter = operationCount;
  }

  /** The next `count` calls of this operation fail. A write that fails has written its first half. */
  failNext(operation: Operation, code: string, count = 1): void {
    for (let index = 0; index < count; index++) this.#faults.push({ operation, code });
  }

  /** Syncs of files and folders wait from now on. */
  holdSyncs(): void {
    this.#held ??= [];
  }

  releaseSyncs(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const release of held) release();
  }

  /** Ends the process: what it was doing never returns. The system lives on, and with it all that was written. */
  kill(): MemoryStorage {
    this.#die();
    return new MemoryStorage(this.#folders);
  }

  /** Ends process and system. @returns the disk as it is found when the power is back */
  powerCut(random: () => number): MemoryStorage {
    this.#die();
    const files = new Map<MemoryFile, MemoryFile>();
    const survivorOf = (file: MemoryFile) => {
      const survivor = files.get(file) ?? file.afterPowerCut(random);
      files.set(file, survivor);
      return survivor;
    };
    const survivors = new Map<string, Folder>();
    for (const [path, folder] of this.#folders) {
      const isThere = folder.isDurable || random() < 0.5;
      if (!isThere || (path !== '/' && !survivors.has(dirname(path)))) continue;
      const names = new Map(folder.durableNames);
      for (const change of folder.changes) if (random() < 0.5) change(names);
      const found = new Map([...names].map(([name, file]) => [name, survivorOf(file)]));
      survivors.set(path, { isDurable: true, names: found, durableNames: new Map(found), changes: [] });
    }
    return new MemoryStorage(survivors);
  }

  /** A file as the system shows it, for tests to look at and to damage. */
  file(path: string): MemoryFile {
    const file = this.#folder(dirname(path)).names.get(basename(path));
    if (file === undefined) throw systemError('ENOENT', path);
    return file;
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#run('makeDirectory', path, () => this.#addFolder(path));
    await this.#runSync('syncDirectory', path, () => ({
      succeed: () => {
        for (let made = path; made !== '/'; made = dirname(made)) this.#folder(made).isDurable = true;
      },
      fail: () => undefined,
    }));
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#run('list', directory, () => [...this.#folder(directory).names.keys()]);
  }

  open(path: string, mode: 'create' | 'update' | 'read'): Promise<StorageFile> {
    return this.#run('open', path, () => {
      if (mode !== 'create') return this.#handle(path, this.file(path));
      const file = new MemoryFile();
      this.#change(path, (names) => names.set(basename(path), file));
      return this.#handle(path, file);
    });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#run('rename', from, () => {
      const file = this.file(from);
      this.#change(from, (names) => names.set(basename(to), file) && names.delete(basename(from)));
    });
  }

  async unlink(path: string): Promise<void> {
    await this.#run('unlink', path, () => {
      this.file(path);
      this.#change(path, (names) => names.delete(basename(path)));
    });
  }

  async syncDirectory(directory: string): Promise<void> {
    await this.#runSync('syncDirectory', directory, () => {
      const folder = this.#folder(directory);
      const covered = folder.changes.length;
      const succeed = () => {
        for (const change of folder.changes.splice(0, covered)) change(folder.durableNames);
      };
      return { succeed, fail: () => undefined };
    });
  }

  #handle(path: string, file: MemoryFile): StorageFile {
    let isOpen = true;
    const opened = () => {
      if (!isOpen) throw systemError('EBADF', path);
      return file;
    };
    return {
      sizeBytes: () => this.#run('size', path, () => opened().content.length),
      read: (target, offset) => this.#run('read', path, () => opened().read(target, offset)),
      write: (bytes, offset) => this.#write(path, opened, bytes, offset),
      datasync: () => this.#runSync('datasync', path, () => opened().beginSync()),
      close: () =>
        this.#run('close', path, () => {
          opened();
          isOpen = false;
        }),
    };
  }

  async #write(path: string, open: () => MemoryFile, bytes: Uint8Array, offset: number): Promise<void> {
    await this.#run(
      'write',
      path,
      () => open().write(bytes, offset),
      () => open().write(bytes.subarray(0, bytes.length / 2), offset),
    );
  }

  /** Does `act` at once, and returns later. */
  async #run<T>(operation: Operation, path: string, act: () => T, onFault: () => void = () => undefined): Promise<T> {
    if (this.#isDead) return never();
    const fault = this.#takeFault(operation);
    if (fault !== undefined) onFault();
    const result = fault === undefined ? act() : undefined;
    if (++this.operationCount >= this.#dieAfter) this.#die();
    await Promise.resolve();
    if (this.#isDead) return never();
    if (fault !== undefined) throw systemError(fault.code, path);
    // Without a fault `act` has run, so this is a T, whatever T is.
    return result as T;
  }

  async #runSync(
    operation: Operation,
    path: string,
    begin: () => { readonly succeed: () => void; readonly fail: () => void },
  ): Promise<void> {
    if (this.#isDead) return never();
    const sync = begin();
    const fault = this.#takeFault(operation);
    if (++this.operationCount >= this.#dieAfter) this.#die();
    await new Promise<void>((resolve) => (this.#held === undefined ? resolve() : this.#held.push(resolve)));
    if (this.#isDead) return never();
    if (fault === undefined) return sync.succeed();
    sync.fail();
    throw systemError(fault.code, path);
  }

  #takeFault(operation: Operation): Fault | undefined {
    const fault = this.#faults.find((each) => each.operation === operation);
    this.#faults = this.#faults.filter((each) => each !== fault);
    return fault;
  }

  #die(): void {
    this.#isDead = true;
    this.#onDeath();
  }

  #folder(path: string): Folder {
    const folder = this.#folders.get(path);
    if (folder === undefined) throw systemError('ENOENT', path);
    return folder;
  }

  #addFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#addFolder(dirname(path));
    this.#folders.set(path, emptyFolder(false));
  }

  #change(path: string, change: NameChange): void {
    const folder = this.#folder(dirname(path));
    change(folder.names);
    folder.changes.push(change);
  }
}

/** What can be made to fail. */
export type Operation = Exclude<keyof Storage | keyof StorageFile, 'sizeBytes'> | 'size';

interface Fault {
  readonly operation: Operation;
  readonly code: string;
}

interface Folder {
  isDurable: boolean;
  readonly names: Map<string, MemoryFile>;
  readonly durableNames: Map<string, MemoryFile>;
  /** Made since the last sync. */
  readonly changes: NameChange[];
}

type NameChange = (names: Map<string, MemoryFile>) => unknown;

function emptyFolder(isDurable: boolean): Folder {
  return { isDurable, names: new Map(), durableNames: new Map(), changes: [] };
}

/** What a call of a dead process gives. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
