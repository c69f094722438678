import { MAX_READ_ATTEMPTS } from './limits.ts';
import { BLOCK_BYTES } from './segment-header.ts';
import { isStorageError, type StorageFile } from './storage.ts';

/** What was read, and what could not be. */
export interface ReadAround {
  /** Fewer than asked only at the end of the file. */
  readonly sizeBytes: number;
  /** Where in the file the last block ends that the disk does not give; undefined if it gave all. */
  readonly unreadableEnd: number | undefined;
}

/**
 * Fills `target` from `offset` on. A block that the disk does not give, however often it is asked, is left as zeros, over which
 * no checksum holds: so a bad sector is damage of what lies in it, and of nothing else [J5].
 *
 * @throws a storage error if it is not a sector that is bad
 */
export async function readAround(file: StorageFile, target: Buffer, offset: number): Promise<ReadAround> {
  try {
    return { sizeBytes: await file.read(target, offset), unreadableEnd: undefined };
  } catch (error) {
    if (!isBadSector(error)) throw error;
  }
  let sizeBytes = 0;
  let unreadableEnd: number | undefined;
  while (sizeBytes < target.length) {
    const start = offset + sizeBytes;
    const block = target.subarray(sizeBytes, sizeBytes + BLOCK_BYTES - (start % BLOCK_BYTES));
    const readBytes = await readBlock(file, block, start);
    if (readBytes === undefined) {
      block.fill(0);
      unreadableEnd = start + block.length;
    }
    sizeBytes += readBytes ?? block.length;
    if (readBytes !== undefined && readBytes < block.length) break;
  }
  return { sizeBytes, unreadableEnd };
}

/** @returns bytes read; undefined if the disk does not give them */
async function readBlock(file: StorageFile, block: Buffer, offset: number): Promise<number | undefined> {
  for (let attempt = 1; attempt <= MAX_READ_ATTEMPTS; attempt++) {
    try {
      return await file.read(block, offset);
    } catch (error) {
      if (!isBadSector(error)) throw error;
    }
  }
  return undefined;
}

/** What Linux says of a sector, or a block whose checksum the file system keeps. */
function isBadSector(error: unknown): boolean {
  return isStorageError(error) && ['EIO', 'EBADMSG', 'EUCLEAN', 'ENODATA'].includes(error.code);
}
