import { stat, statfs } from 'node:fs/promises';
import { findDisk } from '#gateway/runtime/disk-counters.ts';

/** File systems that are gone with the power. @see statfs(2), `f_type` */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

/** What must not pass for a drive. */
export interface HostPlaces {
  /** Folders of the host: what lies on a disk of theirs is of the host. One that is not there says nothing. */
  readonly folders: readonly string[];
  /** The disk of a device, if it can be told. */
  readonly findDisk?: (dev: number) => string | undefined;
}

/**
 * Why a file system is no drive that somebody has plugged in, where that can be told: it is one of the host, another partition of
 * a disk of the host, or memory. Where no drive is mounted, its mount point is a folder on one of those.
 *
 * @param directory where the drive should be
 * @param dev what was found there
 * @returns undefined for what may be one
 */
export async function whyNoDrive(directory: string, dev: number, host: HostPlaces): Promise<string | undefined> {
  if ((await stat(directory)).dev !== dev) return 'it has just gone';
  const devices = await Promise.all(
    host.folders.map((folder) =>
      stat(folder).then(
        (stats) => stats.dev,
        () => undefined,
      ),
    ),
  );
  if (devices.includes(dev)) return 'the folder lies on a file system of the host';
  const diskOf = host.findDisk ?? findDisk;
  const disk = diskOf(dev);
  if (disk !== undefined && devices.some((each) => each !== undefined && diskOf(each) === disk))
    return 'the folder lies on a disk of the host';
  return IN_MEMORY.has((await statfs(directory)).type) ? 'the folder lies in the memory of the host' : undefined;
}
