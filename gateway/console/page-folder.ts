import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the set-up builds the page to. */
export const PAGE_FOLDER = fileURLToPath(new URL('web/dist', import.meta.url));

/** @returns undefined if there is no page */
export async function pageFolderOrNone(folder: string): Promise<string | undefined> {
  try {
    await access(join(folder, 'index.html'));
    return folder;
  } catch {
    return undefined;
  }
}
