import { basename, dirname } from 'node:path';
import { BLOCK_BYTES, MemoryFile } from './memory-file.ts';
import type { OpenMode, Storage, StorageFile } from './storage.ts';

/**
 * A disk for tests that forgets what a real one may forget, fails as it may fail, and lies as it may lie.
 *
 * Bytes are durable once synced, names once their folder is. {@link MemoryStorage.powerCut} gives the disk as it is found
 * afterwards: of the rest anything may be there, in any order, whole or in parts. A sync that fails takes the bytes it was
 * asked for out of what later syncs cover, as Linux does. {@link MemoryStorage.kill} ends only the process.
 *
 * Errors ({@link MemoryStorage.failNext}, {@link MemoryStorage.limitSpace}, {@link MemoryStorage.isReadOnly}) excuse nothing. Lies
 * ({@link MemoryStorage.lieNext}, {@link MemoryStorage.flipBit}, {@link MemoryStorage.breakSector}) are counted: no journal keeps on such a disk what it promised, but
 * it can still say what it lost [J5].
 */
export class MemoryStorage implements Storage {
  /** Calls so far: what {@link MemoryStorage.dieAfter} counts. */
  operationCount = 0;
  /** Lies that had an effect, over all lives of this disk. */
  lieCount: number;
  /** Whether the system has mounted the disk read-only. */
  isReadOnly = false;
  /** Read since the process began. */
  readBytes = 0;
  /** The most that a read has asked for at once. */
  largestReadBytes = 0;
  readonly #folders: Map<string, Folder>;
  #faults: Fault[] = [];
  #lies: PlannedLie[] = [];
  #space: Space | undefined;
  #held: (() => void)[] | undefined;
  #dieAfter = Number.POSITIVE_INFINITY;
  #isDead = false;
  #onDeath: () => void = () => undefined;
  /** Resolves when the process has died. */
  readonly died: Promise<void> = new Promise((resolve) => {
    this.#onDeath = resolve;
  });

  constructor(folders: ReadonlyMap<string, Folder> = new Map([['/', emptyFolder(true)]]), lieCount = 0) {
    this.#folders = new Map(folders);
    this.lieCount = lieCount;
  }

  /** The call with this number is the last: it takes effect but never returns, nor does any after it. */
  dieAfter(operationCount: number): void {
    this.#dieAfter = operationCount;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The next `count` calls of this operation fail. A write that fails has written its first half. */
  failNext(operation: Operation, code: string, count = 1): void {
    for (let index = 0; index < count; index++) this.#faults.push({ operation, code });
  }

  /** The next call of the kind says that it has done its work, and has not. */
  lieNext(lie: Lie, random: () => number): void {
    this.#lies.push({ lie, random });
  }

  /** From now on files may take this many blocks more than they do; with `copyOnWrite` overwriting takes blocks too. */
  limitSpace(freeBlocks: number, isCopyOnWrite = false): void {
    this.#space = { limitBlocks: this.#usedBlocks() + freeBlocks, isCopyOnWrite };
  }

  /** The disk works from now on, and has room. */
  heal(): void {
    this.#faults = [];
    this.#lies = [];
    this.#space = undefined;
    this.isReadOnly = false;
  }

  /** Blocks that each file takes in a folder and those below it. */
  blockCounts(folder = '/'): readonly number[] {
    return [...this.#folders].flatMap(([path, { names }]) =>
      path.startsWith(folder) ? [...names.values()].map(({ blockCount }) => blockCount) : [],
    );
  }

  /** One bit somewhere on the disk decays. */
  flipBit(random: () => number): void {
    const file = this.#anyFile(random);
    if (file?.flipBit(random) === true) this.lieCount++;
  }

  /** The disk does not give one of its sectors any more. */
  breakSector(random: () => number): void {
    if (this.#anyFile(random)?.breakSector(random) === true) this.lieCount++;
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
    return new MemoryStorage(this.#folders, this.lieCount);
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
    return new MemoryStorage(survivors, this.lieCount);
  }

  /** A file as the system shows it, for tests to look at and to damage. */
  file(path: string): MemoryFile {
    const file = this.#folder(dirname(path)).names.get(basename(path));
    if (file === undefined) throw systemError('ENOENT', path);
    return file;
  }

  /** Lays another file in the place of one. @returns what lay there */
  exchange(path: string, file: MemoryFile): MemoryFile {
    const found = this.file(path);
    this.#folder(dirname(path)).names.set(basename(path), file);
    return found;
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

  /** Here is nothing but files. */
  async listOthers(_directory: string): Promise<readonly string[]> {
    return [];
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#run('list', directory, () => [...this.#folder(directory).names.keys()]);
  }

  open(path: string, mode: OpenMode): Promise<StorageFile> {
    return this.#run('open', path, () => {
      if (mode !== 'read' && this.isReadOnly) throw systemError('EROFS', path);
      if (mode !== 'create') return this.#handle(path, this.file(path), mode === 'durable');
      const file = new MemoryFile();
      this.#change(path, (names) => names.set(basename(path), file));
      return this.#handle(path, file);
    });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#run('rename', from, () => {
      const file = this.file(from);
      if (dirname(from) === dirname(to)) {
        this.#change(from, (names) => names.set(basename(to), file) && names.delete(basename(from)));
        return;
      }
      this.#change(to, (names) => names.set(basename(to), file));
      this.#change(from, (names) => names.delete(basename(from)));
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
      return { ...IDLE, succeed };
    });
  }

  #handle(path: string, file: MemoryFile, isDurable = false): StorageFile {
    let isOpen = true;
    const opened = () => {
      if (!isOpen) throw systemError('EBADF', path);
      return file;
    };
    const datasync = () =>
      this.#runSync('datasync', path, () => (this.#takeLie('idleSync') === undefined ? opened().beginSync() : IDLE));
    return {
      sizeBytes: () => this.#run('size', path, () => opened().content.length),
      read: (target, offset) => this.#run('read', path, () => this.#read(path, opened(), target, offset)),
      write: async (bytes, offset) => {
        await this.#write(path, opened, bytes, offset);
        if (isDurable) await datasync();
      },
      datasync,
      close: () =>
        this.#run('close', path, () => {
          opened();
          isOpen = false;
        }),
    };
  }

  #read(path: string, file: MemoryFile, target: Uint8Array, offset: number): number {
    if (file.isBroken(offset, target.length)) throw systemError('EIO', path);
    this.largestReadBytes = Math.max(this.largestReadBytes, target.length);
    const sizeBytes = file.read(target, offset, this.#takeLie('staleRead') !== undefined);
    this.readBytes += sizeBytes;
    return sizeBytes;
  }

  async #write(path: string, open: () => MemoryFile, bytes: Uint8Array, offset: number): Promise<void> {
    await this.#run(
      'write',
      path,
      () => {
        const file = open();
        const roomBytes = this.#roomFor(file, bytes.length, offset);
        if (roomBytes < bytes.length) {
          file.write(bytes.subarray(0, roomBytes), offset);
          throw systemError('ENOSPC', path);
        }
        const misplaced = this.#takeLie('misplacedWrite');
        if (misplaced !== undefined) this.#anyFile(misplaced)?.misplace(bytes, misplaced);
        file.write(bytes, offset, misplaced !== undefined || this.#takeLie('lostWrite') !== undefined);
      },
      () => open().write(bytes.subarray(0, bytes.length / 2), offset),
    );
  }

  /** How many of the bytes there is room for. */
  #roomFor(file: MemoryFile, sizeBytes: number, offset: number): number {
    if (this.#space === undefined) return sizeBytes;
    const { limitBlocks, isCopyOnWrite } = this.#space;
    const freeBlocks = limitBlocks - this.#usedBlocks();
    if (isCopyOnWrite && freeBlocks <= 0) return 0;
    return Math.min(sizeBytes, Math.max(0, (file.blockCount + Math.max(0, freeBlocks)) * BLOCK_BYTES - offset));
  }

  #usedBlocks(): number {
    return this.blockCounts().reduce((sum, count) => sum + count, 0);
  }

  #takeLie(lie: Lie): (() => number) | undefined {
    const index = this.#lies.findIndex((planned) => planned.lie === lie);
    if (index === -1) return undefined;
    const [taken] = this.#lies.splice(index, 1);
    this.lieCount++;
    return taken?.random;
  }

  #anyFile(random: () => number): MemoryFile | undefined {
    const files = [...this.#folders.values()].flatMap(({ names }) => [...names.values()]);
    return files[Math.floor(random() * files.length)];
  }

  /** Does `act` at once, and returns later. */
  async #run<T>(operation: Operation, path: string, act: () => T, onFault: () => void = () => undefined): Promise<T> {
    if (this.#isDead) return never();
    const fault = this.#takeFault(operation);
    if (fault !== undefined) onFault();
    if (this.isReadOnly && CHANGING.has(operation)) throw systemError('EROFS', path);
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
    if (fault === undefined) return undefined;
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

/** What a disk may say that it has done, while it has lost or misplaced the bytes, read older ones, or not emptied its cache. */
export type Lie = 'lostWrite' | 'misplacedWrite' | 'staleRead' | 'idleSync';

interface PlannedLie {
  readonly lie: Lie;
  readonly random: () => number;
}

interface Space {
  readonly limitBlocks: number;
  readonly isCopyOnWrite: boolean;
}

const CHANGING: ReadonlySet<Operation> = new Set(['write', 'rename', 'unlink']);

const IDLE = { succeed: () => undefined, fail: () => undefined };

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
