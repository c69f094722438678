import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * What the system counts of writing to storage, as a port. Reading it never waits for a disk. Beside it: `fake-disk-counters.ts`.
 */
export interface DiskCounters {
  /** The disk or card under the folder, such as `mmcblk0`; undefined where the file system has none of its own (overlay, tmpfs, network). */
  readonly deviceName: string | undefined;
  sample(): DiskSample;
}

/** Bytes written so far; only differences mean something. Undefined where the system does not tell. */
export interface DiskSample {
  /** By this process, file system work on its behalf not included. */
  readonly processBytes: number | undefined;
  /** At the device, by whomever. */
  readonly deviceBytes: number | undefined;
}

/** The counters of Linux for this process, and for the disk that holds a folder. */
export function systemDiskCounters(folder: string): DiskCounters {
  const device = diskUnder(folder);
  return {
    deviceName: device && basename(device),
    sample: () => ({
      processBytes: readProcessWrittenBytes('self'),
      deviceBytes: device === undefined ? undefined : readNumber(`${device}/stat`, DEVICE_WRITTEN, SECTOR_BYTES),
    }),
  };
}

/** Bytes that a process has caused to be written to storage. @see proc_pid_io(5), write_bytes */
export function readProcessWrittenBytes(pid: number | 'self'): number | undefined {
  return readNumber(`/proc/${pid}/io`, PROCESS_WRITTEN);
}

/** A device as Linux names it, `major:minor`. @see makedev(3) */
export function deviceNumber(dev: number): string {
  return `${(dev >>> 8) & 0xfff}:${(dev & 0xff) | ((dev >>> 12) & 0xfff00)}`;
}

function diskUnder(folder: string): string | undefined {
  try {
    return findDisk(statSync(folder).dev);
  } catch {
    return undefined;
  }
}

/**
 * The folder in sysfs of the whole disk that a file system lies on, whatever its partition: it is the card that wears out.
 *
 * @param dev as `stat` has it
 * @returns undefined where it has no disk of its own, and on systems that do not tell
 */
export function findDisk(dev: number): string | undefined {
  try {
    const device = realpathSync(`/sys/dev/block/${deviceNumber(dev)}`);
    const isPartition = statSync(`${device}/partition`, { throwIfNoEntry: false }) !== undefined;
    return isPartition ? realpathSync(`${device}/..`) : device;
  } catch {
    return undefined;
  }
}

function readNumber(file: string, pattern: RegExp, unitBytes = 1): number | undefined {
  try {
    const found = pattern.exec(readFileSync(file, 'utf8'))?.[1];
    return found === undefined ? undefined : Number(found) * unitBytes;
  } catch {
    // A card that was pulled, a kernel that keeps no account, a system that is no Linux.
    return undefined;
  }
}

const PROCESS_WRITTEN = /^write_bytes: (\d+)$/m;
/** The seventh number. @see https://www.kernel.org/doc/Documentation/block/stat.txt */
const DEVICE_WRITTEN = /^\s*(?:\d+\s+){6}(\d+)/;
/** Disk statistics count in these, whatever the device's own blocks. */
const SECTOR_BYTES = 512;
