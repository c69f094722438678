import { chown, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder.ts';

/**
 * Gives a file its content, whole or not at all, whenever the power fails. It is for the user of the process alone (mode 0600), or, where root
 * does the work, for the owner of the folder: a gateway that runs as a user of its own must be able to read what `sudo` left.
 *
 * @param path absolute
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await takeOwner(temporary);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/**
 * Where root does the work, what it made below a folder belongs to the owner of that folder.
 *
 * @param path absolute
 */
export async function takeOwner(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dirname(path));
  await chown(path, uid, gid);
}
