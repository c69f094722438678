import { constants, type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from '#gateway/runtime/make-folders.ts';
import { isStorageError, type Storage, type StorageFile } from './storage.ts';

/** The file system of the host. Everything runs in the thread pool: the event loop never waits for a disk. */
export const nodeStorage: Storage = {
  async makeDirectory(path) {
    await makeFolders(path);
    for (let made = path; made !== dirname(made); made = dirname(made)) {
      await nodeStorage.syncDirectory(dirname(made)).catch((error: unknown) => {
        // In a folder that this user may not open this user has made nothing.
        if (!isStorageError(error) || error.code !== 'EACCES') throw error;
      });
    }
  },
  async list(directory) {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  },
  async listOthers(directory) {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => !entry.isFile()).map(({ name }) => name);
  },
  async open(path, mode) {
    const handle = await open(path, FLAGS[mode] | AT_ONCE);
    if ((await handle.stat()).isFile()) return new NodeFile(handle);
    await handle.close();
    throw Object.assign(new Error(`EFTYPE: no regular file, open '${path}'`), { code: 'EFTYPE' });
  },
  rename: (from, to) => rename(from, to),
  unlink: (path) => unlink(path),
  async syncDirectory(directory) {
    const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

const FLAGS = {
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
  update: constants.O_RDWR,
  durable: constants.O_RDWR | constants.O_DSYNC,
  read: constants.O_RDONLY,
} as const;
/** Opening a pipe that strayed in here would wait for ever. */
const AT_ONCE = constants.O_NONBLOCK | constants.O_NOFOLLOW;

class NodeFile implements StorageFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async sizeBytes(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await this.#handle.read(target, done, target.length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      // A short write is no error to the system; the rest, tried again, names the reason.
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
  }

  datasync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
