import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing, one after the other. Node's own `recursive` never ends where the system says
 * that a parent is missing although it is there, as `/proc` does.
 *
 * @param path absolute
 * @returns what was made, the outermost first
 */
export async function makeFolders(path: string, mode?: number): Promise<readonly string[]> {
  if (await isFolder(path)) return [];
  const parent = dirname(path);
  const made = parent === path ? [] : await makeFolders(parent, mode);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Another process may have been faster.
    if (!(await isFolder(path))) throw error;
    return made;
  }
  return [...made, path];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
