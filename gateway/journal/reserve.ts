import { RESERVE_BYTES } from './limits.ts';
import { isStorageError, type Storage } from './storage.ts';

/** What the reserve needs. */
export interface ReserveOptions {
  readonly storage: Storage;
  /** Of the journal. */
  readonly directory: string;
  readonly random: (count: number) => Uint8Array;
}

/**
 * A file that stands for room: where even overwriting needs space, as on file systems that copy on write, it is given up so that
 * cursors and losses can still be written on a full disk [J10], and made again when there is room.
 */
export class Reserve {
  readonly #options: ReserveOptions;
  readonly #path: string;

  constructor(options: ReserveOptions) {
    this.#options = options;
    this.#path = `${options.directory}/reserve`;
  }

  /** Makes the file if it is not there and the disk has room. */
  async ensure(): Promise<void> {
    if (await this.#isThere()) return;
    const { storage, random } = this.#options;
    try {
      const file = await storage.open(this.#path, 'create');
      try {
        // Zeros would take no room where the file system compresses.
        await file.write(random(RESERVE_BYTES), 0);
        await file.datasync();
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!isStorageError(error)) throw error;
      await this.giveUp();
    }
  }

  /** @returns whether there may be room now */
  async giveUp(): Promise<boolean> {
    try {
      await this.#options.storage.unlink(this.#path);
      return true;
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return false;
    }
  }

  async #isThere(): Promise<boolean> {
    try {
      const file = await this.#options.storage.open(this.#path, 'read');
      try {
        return (await file.sizeBytes()) === RESERVE_BYTES;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return false;
    }
  }
}
