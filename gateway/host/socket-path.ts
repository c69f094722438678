import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { WaystationError } from '#gateway/model/errors.ts';
import { makeFolders } from '#gateway/runtime/make-folders.ts';

/** `sun_path` has 108 bytes with its NUL on Linux, and 104 on macOS. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * Where the socket `name` of a `dataDir` lies: in it, or, when that path is too long for a socket, under a hashed name in the
 * user's runtime folder. Both ends of the socket compute it, so both must run as the same user.
 */
export function socketPath(dataDir: string, name: string, runtimeFolder = userRuntimeFolder()): string {
  const path = join(dataDir, name);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path;
  return join(runtimeFolder, `${createHash('sha256').update(path).digest('hex').slice(0, 32)}.sock`);
}

/** Makes the folder of a socket that does not lie in its `dataDir`, for this user alone. */
export async function prepareSocketFolder(path: string, dataDir: string): Promise<void> {
  const folder = dirname(path);
  if (folder === dataDir) return;
  await makeFolders(folder, 0o700);
  const { uid } = await lstat(folder);
  if (uid !== process.getuid?.())
    throw new WaystationError('dataDir.unwritable', `Opening a socket in ${folder}: the folder belongs to user ${uid}`);
}

function userRuntimeFolder(): string {
  return join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `waystation-${process.getuid?.() ?? 'user'}`);
}
