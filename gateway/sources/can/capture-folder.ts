import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '#gateway/runtime/make-folders.ts';
import { syncFolder } from '#gateway/runtime/sync-folder.ts';

/** Where captures are kept. */
export interface CaptureFolder {
  /**
   * Begins a file, and removes the oldest ones of the device first, so that there are at most so many with it.
   *
   * @param startMs since the Unix epoch: part of its name, by which they are sorted
   */
  create(deviceId: string, startMs: number, maxFiles: number): Promise<CaptureFile>;
}

/** A file under way; it has its name only when it is whole. */
export interface CaptureFile {
  readonly name: string;
  write(text: string): Promise<void>;
  /** Syncs it, and gives it its name, durably: what triggers a capture may cut the power next. */
  finish(): Promise<void>;
  /** Removes it. */
  discard(): Promise<void>;
}

/** A folder on disk, made when it is needed. */
export function openCaptureFolder(path: string): CaptureFolder {
  return {
    async create(deviceId, startMs, maxFiles) {
      await makeFolders(path);
      await makeRoom(path, deviceId, maxFiles - 1);
      const name = `${deviceId}-${new Date(startMs).toISOString().replaceAll(/[-:.]/g, '')}.log`;
      const partPath = join(path, `${name}${PART}`);
      const handle = await open(partPath, 'w');
      return captureFile(handle, partPath, join(path, name), name);
    },
  };
}

/** Of a file that is not whole. */
const PART = '.part';

async function makeRoom(path: string, deviceId: string, keptCount: number): Promise<void> {
  const names = (await readdir(path)).filter((name) => isOf(name, deviceId)).sort();
  // What a power cut left half written is of no use.
  const parts = names.filter((name) => name.endsWith(PART));
  const whole = names.filter((name) => !name.endsWith(PART));
  for (const name of [...parts, ...whole.slice(0, Math.max(0, whole.length - keptCount))])
    await rm(join(path, name), { force: true });
}

/** Another device may have a longer id that begins alike. */
function isOf(name: string, deviceId: string): boolean {
  return name.startsWith(`${deviceId}-`) && /^\d{8}T\d{9}Z\.log(?:\.part)?$/.test(name.slice(deviceId.length + 1));
}

function captureFile(handle: FileHandle, partPath: string, path: string, name: string): CaptureFile {
  return {
    name,
    write: async (text) => {
      await handle.writeFile(text);
    },
    async finish() {
      await handle.sync();
      await handle.close();
      await rename(partPath, path);
      await syncFolder(dirname(path));
    },
    async discard() {
      // Closed before, or on a disk that fails: the file goes either way, and the caller has the first error.
      await handle.close().catch(() => {});
      await rm(partPath, { force: true });
    },
  };
}
