/** When a file is full, and which ones go for new ones. Pure. */

/** What the files of one sink may take. */
export interface FileLimits {
  /** A file with a single batch may be larger. */
  readonly maxFileBytes: number;
  /** From its first event to its end. */
  readonly maxFileMs: number;
  /** All of them, whole or not. */
  readonly maxTotalBytes: number;
  readonly whenFull: WhenFull;
}

/** At `maxTotalBytes`, and on a full drive. */
export type WhenFull = 'pause' | 'deleteOldest';

/** A file of ours. */
export interface OwnFile {
  readonly name: string;
  readonly counter: number;
  readonly sizeBytes: number;
}

/** The file that is being written. Times are monotonic milliseconds. */
export interface OpenFile extends OwnFile {
  readonly sinceMs: number;
}

/** Whether a file ends before so many bytes more. */
export function isFinished({ maxFileBytes, maxFileMs }: FileLimits, file: OpenFile, nowMs: number, bytes: number) {
  return file.sizeBytes + bytes > maxFileBytes || nowMs - file.sinceMs >= maxFileMs;
}

/**
 * What must go for so many bytes more.
 *
 * @param whole the files that are finished
 * @returns undefined where there is no room, and none may be made
 */
export function makeRoom(
  { maxTotalBytes, whenFull }: FileLimits,
  whole: readonly OwnFile[],
  open: OpenFile | undefined,
  bytes: number,
): readonly OwnFile[] | undefined {
  let excess = sumBytes(whole) + (open?.sizeBytes ?? 0) + bytes - maxTotalBytes;
  if (excess <= 0) return [];
  if (whenFull === 'pause') return undefined;
  const going: OwnFile[] = [];
  for (const file of oldestFirst(whole)) {
    going.push(file);
    excess -= file.sizeBytes;
    if (excess <= 0) return going;
  }
  return undefined;
}

/** As they were written. */
export function oldestFirst(files: readonly OwnFile[]): readonly OwnFile[] {
  return [...files].sort((a, b) => a.counter - b.counter);
}

function sumBytes(files: readonly OwnFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
