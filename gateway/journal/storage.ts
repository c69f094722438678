/**
 * The disk as a port: all that the journal asks of a file system, and nothing that only one of them can do.
 * Real: `node-storage.ts`. Fake: `memory-storage.ts`, which can lose power. Both pass `storage.contract.test.ts`.
 * Errors are those of the system, with `code` (`ENOENT`, `ENOSPC`, `EIO`).
 */
export interface Storage {
  /**
   * Makes a folder and those above it. When this resolves they are durable, also those that were there already: an earlier run
   * may have been killed before it had synced what it made.
   */
  makeDirectory(path: string): Promise<void>;
  /** Names of the files in a folder, in no order. */
  list(directory: string): Promise<readonly string[]>;
  /** Names in a folder that are no regular files: folders, pipes, links; in no order. */
  listOthers(directory: string): Promise<readonly string[]>;
  /** Opens a regular file; anything else is refused at once, not waited for. Its name is durable once the folder is synced. */
  open(path: string, mode: OpenMode): Promise<StorageFile>;
  /** Gives a file another name, at one stroke. Into another folder, both must be synced. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file's name. */
  unlink(path: string): Promise<void>;
  /** Resolves when every name made, changed or removed in the folder before the call is durable. */
  syncDirectory(directory: string): Promise<void>;
}

/**
 * `create` empties a file that exists. `durable` is for overwriting: a write resolves when its bytes are durable, in one trip to
 * the disk; one that rejects leaves them as a failed {@link StorageFile.datasync} does [J6].
 */
export type OpenMode = 'create' | 'update' | 'durable' | 'read';

/** An open file. */
export interface StorageFile {
  sizeBytes(): Promise<number>;
  /** Fills `target` from `offset` on. @returns bytes read, fewer than asked only at the end of the file */
  read(target: Uint8Array, offset: number): Promise<number>;
  /** Writes all of `bytes` or rejects; after a rejection any part of them may have been written. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Resolves when every byte written before the call is durable. After a rejection they never can be said to be [J6]. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** Whether an error is the system's word on a disk, and not a bug of ours. */
export function isStorageError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code);
}

/** Whether the disk, or the user's share of it, is full. */
export function isNoSpace(error: unknown): boolean {
  return isStorageError(error) && ['ENOSPC', 'EDQUOT'].includes(error.code);
}

/** Whether the disk is in order but this process may not write to it: for people to mend, not to be passed over as damage. */
export function isNotPermitted(error: unknown): boolean {
  return isStorageError(error) && ['EACCES', 'EPERM', 'EROFS'].includes(error.code);
}

/** Whether something else lies where a regular file belongs: a folder, a pipe, a link. */
export function isNoFile(error: unknown): boolean {
  return isStorageError(error) && ['EFTYPE', 'EISDIR', 'ELOOP', 'ENXIO'].includes(error.code);
}

/** Whether something lies where a folder belongs. */
export function isObstructed(error: unknown): boolean {
  return isStorageError(error) && ['EEXIST', 'ENOTDIR'].includes(error.code);
}
