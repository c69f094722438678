import { mkdir, open, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runToEnd } from './child.ts';
import { openScratchFolder } from './scratch-folder.ts';
import { until } from './until.ts';

/** Why no disk can be mounted here, for the name of a skipped test; under CI root must be able to. */
export const MOUNT_NEED = 'needs root, and the right to mount';

/** Whether tests that need a disk of their own must be skipped: whoever is root under CI may not skip them. */
export async function mustSkipMounts(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return true;
  if (process.env['CI'] !== undefined) return false;
  await using folder = await openScratchFolder();
  try {
    await using _disk = await SmallDisk.mount(folder.path, 'tmpfs');
    return false;
  } catch {
    return true;
  }
}

/** `tmpfs` forgets at unmounting; `ext4` lives in a file beside the mount point, and can be broken like a real one. */
export type FileSystem = 'tmpfs' | 'ext4';

const DEFAULT_SIZE_MIB = 16;
const BUSY_LIMIT_MS = 10_000;

/** A file system of a few MiB at `<folder>/disk`, unmounted with the test. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string;
  readonly #image: string;
  readonly #fileSystem: FileSystem;
  readonly #size: string;

  private constructor(folder: string, fileSystem: FileSystem, sizeMiB: number) {
    this.path = join(folder, 'disk');
    this.#image = join(folder, 'disk.img');
    this.#fileSystem = fileSystem;
    this.#size = `${sizeMiB}m`;
  }

  static async mount(folder: string, fileSystem: FileSystem, sizeMiB = DEFAULT_SIZE_MIB): Promise<SmallDisk> {
    const disk = new SmallDisk(folder, fileSystem, sizeMiB);
    await mkdir(disk.path);
    if (fileSystem === 'ext4') await succeed('mkfs.ext4', '-q', disk.#image, disk.#size);
    await disk.mountAgain();
    return disk;
  }

  async mountAgain(): Promise<void> {
    if (this.#fileSystem === 'tmpfs')
      await succeed('mount', '-t', 'tmpfs', '-o', `size=${this.#size}`, 'tmpfs', this.path);
    else await succeed('mount', '-o', 'loop,errors=remount-ro', this.#image, this.path);
  }

  /** Waits for what is being written: a disk whose users hold nothing open is busy for moments only. */
  async unmount(): Promise<void> {
    await until(`${this.path} can be unmounted`, BUSY_LIMIT_MS, async () => {
      return (await runToEnd('umount', [this.path])).code === 0;
    });
  }

  /** Leaves not one byte free. */
  async fill(): Promise<void> {
    const file = await open(join(this.path, BALLAST), 'a');
    try {
      for (let chunk = Buffer.alloc(1 << 20); chunk.length > 0; chunk = chunk.subarray(0, chunk.length >> 1)) {
        while (await hasWritten(file.write(chunk)));
      }
    } finally {
      await file.close();
    }
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  /** Gives back what {@link SmallDisk.fill} took. */
  async makeRoom(): Promise<void> {
    await rm(join(this.path, BALLAST));
  }

  async remountReadOnly(): Promise<void> {
    await succeed('mount', '-o', 'remount,ro', this.path);
  }

  /** What a worn-out card does: the system finds an error and turns the mounted disk read-only under its users. Only for ext4. */
  async breakDown(): Promise<void> {
    const { stdout } = await succeed('findmnt', '--noheadings', '--output', 'SOURCE', this.path);
    await writeFile(`/sys/fs/ext4/${basename(stdout.trim())}/trigger_fs_error`, 'a worn-out card\n');
  }

  /**
   * What a power cut does: from here on nothing reaches the medium, and what was written but not synced never will. Only for ext4.
   *
   * @param endUsers ends the processes that have files open on it
   * @see linux/fs/ext4/ioctl.c, EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH
   */
  async powerCut(endUsers: () => Promise<unknown>): Promise<void> {
    await succeed(
      'perl',
      '-e',
      'open(D, "<", $ARGV[0]) && ioctl(D, 0x8004587d, my $flag = pack("L", 2)) or die $!',
      this.path,
    );
    await endUsers();
    await this.unmount();
    await this.mountAgain();
  }

  /** Repairs the unmounted disk; that something was repaired is no failure. Only for ext4. @see e2fsck(8), exit codes */
  async repair(): Promise<void> {
    const { code, stdout } = await runToEnd('e2fsck', ['-fy', this.#image]);
    if (code === null || code > 1) throw new Error(`e2fsck ended with ${code}: ${stdout}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if ((await runToEnd('mountpoint', ['-q', this.path])).code === 0) await this.unmount();
  }
}

const BALLAST = 'ballast';

async function hasWritten(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}

async function succeed(command: string, ...args: readonly string[]) {
  const ended = await runToEnd(command, args);
  if (ended.code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
  return ended;
}

/**
 * Has every write of a running process to a file fail, and lets it write again: what no mount does while files are open for
 * writing. @see prlimit(1), RLIMIT_FSIZE
 */
export async function limitWrites(pid: number, allowed: 'none' | 'any'): Promise<void> {
  await succeed('prlimit', '--pid', String(pid), `--fsize=${allowed === 'none' ? '0' : 'unlimited'}:`);
}
