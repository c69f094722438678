import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '#gateway/runtime/make-folders.ts';
import { syncFolder } from '#gateway/runtime/sync-folder.ts';

/** Where captures are kept. */
export interface CaptureFolder {
  /**
   * Begins a file.
   *
   * @param startMs since the Unix epoch: part of its name, as is a number that grows from one to the next, whatever the date
   * @param maxFiles of the device, once this one is whole
   */
  create(deviceId: string, startMs: number, maxFiles: number): Promise<CaptureFile>;
}

/** A file under way; it has its name only when it is whole. */
export interface CaptureFile {
  readonly name: string;
  write(text: string): Promise<void>;
  /**
   * Syncs it, and gives it its name, durably: what triggers a capture may cut the power next. Only then the oldest ones of the device go, so
   * that a capture that fails costs none.
   */
  finish(): Promise<void>;
  /** Removes it. */
  discard(): Promise<void>;
}

/** A folder on disk, made when it is needed. */
export function openCaptureFolder(path: string): CaptureFolder {
  return {
    async create(deviceId, startMs, maxFiles) {
      await makeFolders(path);
      const found = await findCaptures(path, deviceId);
      // What a power cut left half written is of no use.
      await removeAll(
        path,
        found.filter(({ isWhole }) => !isWhole),
      );
      const number = (found.at(-1)?.number ?? 0) + 1;
      const name = `${deviceId}-${new Date(startMs).toISOString().replaceAll(/[-:.]/g, '')}-${number}.log`;
      const partPath = join(path, `${name}${PART}`);
      const handle = await open(partPath, 'w');
      const file = captureFile(handle, partPath, join(path, name), name);
      const finish = async () => {
        await file.finish();
        const whole = (await findCaptures(path, deviceId)).filter(({ isWhole }) => isWhole);
        await removeAll(path, whole.slice(0, Math.max(0, whole.length - maxFiles)));
      };
      return { ...file, finish };
    },
  };
}

/** Of a file that is not whole. */
const PART = '.part';

interface FoundCapture {
  readonly name: string;
  readonly number: number;
  readonly isWhole: boolean;
}

/** The captures of a device in the order of their numbers. The clock of a host may have been wrong, or may be. */
async function findCaptures(path: string, deviceId: string): Promise<readonly FoundCapture[]> {
  const found: FoundCapture[] = [];
  for (const name of await readdir(path)) {
    // Another device may have a longer id that begins alike.
    const match = name.startsWith(`${deviceId}-`) ? CAPTURE_NAME.exec(name.slice(deviceId.length + 1)) : null;
    if (match !== null) found.push({ name, number: Number(match[1]), isWhole: !name.endsWith(PART) });
  }
  return found.sort((a, b) => a.number - b.number);
}

const CAPTURE_NAME = /^\d{8}T\d{9}Z-(\d{1,15})\.log(?:\.part)?$/;

async function removeAll(path: string, captures: readonly FoundCapture[]): Promise<void> {
  for (const { name } of captures) await rm(join(path, name), { force: true });
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
