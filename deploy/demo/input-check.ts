import { accessSync, constants, statSync } from 'node:fs';

/** @returns one sentence if the file that `option` names cannot be read */
export function fileProblem(option: string, path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return `${option}: ${path} is a folder; name a file.`;
    if (!statSync(path).isFile()) return `${option}: ${path} is no regular file; copy what it gives to one.`;
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    // Whatever the file system throws has a code.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return `${option}: there is no file ${path}.`;
    return `${option}: ${path} cannot be read (${code}); check its path and permissions.`;
  }
}
