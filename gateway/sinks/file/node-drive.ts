import { constants, type FileHandle, lstat, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { WaystationError } from '#gateway/model/errors.ts';
import { makeFolders } from '#gateway/runtime/make-folders.ts';
import { syncFolder } from '#gateway/runtime/sync-folder.ts';
import type { Drive } from './drive.ts';
import { whyNoDrive } from './why-no-drive.ts';

/** Where files go. */
export interface DriveOptions {
  /** Absolute. */
  readonly directory: string;
  /** Only onto a drive of its own: an empty mount point is none. The folder is then never made, but must be there. */
  readonly requireMount: boolean;
  /** Where the gateway keeps its own: no drive is on that disk, nor on that of `/`. */
  readonly dataDir?: string | undefined;
}

const ROOT = '/';
/** Nothing that strayed in under our name is followed or waited for. */
const PLAIN = constants.O_NOFOLLOW | constants.O_NONBLOCK;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | PLAIN;
const CONTINUE = constants.O_WRONLY | PLAIN;

/** The file system of the host. */
export class NodeDrive implements Drive {
  readonly directory: string;
  readonly #requireMount: boolean;
  readonly #hostFolders: readonly string[];

  constructor({ directory, requireMount, dataDir }: DriveOptions) {
    this.directory = directory;
    this.#requireMount = requireMount;
    this.#hostFolders = dataDir === undefined ? [ROOT] : [ROOT, dataDir];
  }

  async check(): Promise<void> {
    if (!this.#requireMount) await makeFolders(this.directory);
    await this.#checkDevice(await stat(this.directory));
  }

  /** Names of others may be no UTF-8, and cannot be looked at then; entries that are damaged cannot at all. */
  async list(isWanted: (name: string) => boolean) {
    const names = (await readdir(this.directory)).filter(isWanted);
    const files = await Promise.all(
      names.map(async (name) => ({ name, stats: await lstat(join(this.directory, name)) })),
    );
    return files.filter(({ stats }) => stats.isFile()).map(({ name, stats }) => ({ name, sizeBytes: stats.size }));
  }

  async read(name: string, offset: number, length: number): Promise<Buffer> {
    await using file = await open(join(this.directory, name), constants.O_RDONLY | PLAIN);
    const { size } = await file.stat();
    const target = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await file.read(target, done, target.length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return target.subarray(0, done);
  }

  async write(name: string, offset: number, bytes: Buffer): Promise<void> {
    const path = join(this.directory, name);
    await using file = await open(path, offset === 0 ? CREATE : CONTINUE);
    const { dev, size } = await file.stat();
    // The drive may have gone since it was looked for: what stands at its place must not get its bytes.
    await this.#checkDevice({ dev }).catch(async (error: unknown) => {
      if (offset === 0) await unlink(path);
      throw error;
    });
    if (size < offset) throw new Error(`${name} has lost bytes that were written`);
    if (size > offset) await file.truncate(offset);
    await writeAll(file, bytes, offset);
    await file.datasync();
    if (offset === 0) await syncFolder(this.directory);
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(join(this.directory, from), join(this.directory, to));
    await syncFolder(this.directory);
  }

  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    for (const name of names) await unlink(join(this.directory, name));
    await syncFolder(this.directory);
  }

  async #checkDevice({ dev }: { readonly dev: number }): Promise<void> {
    if (!this.#requireMount) return;
    const why = await whyNoDrive(this.directory, dev, { folders: this.#hostFolders });
    if (why === undefined) return;
    throw new WaystationError('file.noDrive', `No drive is mounted at ${this.directory}: ${why}.`);
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    // A short write is no error to the system; the rest, tried again, names the reason.
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}
