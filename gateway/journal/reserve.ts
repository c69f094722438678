import { WaystationError } from '#gateway/model/errors.ts';
import { RESERVE_BYTES } from './limits.ts';
import { UNFINISHED_SUFFIX } from './segment.ts';
import { isNoSpace, isStorageError, type Storage } from './storage.ts';

/** What the reserve needs. */
export interface ReserveOptions {
  readonly storage: Storage;
  /** Of the journal. */
  readonly directory: string;
  readonly random: (count: number) => Uint8Array;
}

/**
 * A file that stands for room: where even overwriting needs space, as on file systems that copy on write, it is given up so that
 * cursors and losses can still be written on a full disk [J10], and made again when there is room. The first time it is made in
 * place of that of the last run: so the journal knows from the start whether the disk is full [J7].
 */
export class Reserve {
  readonly #options: ReserveOptions;
  readonly #path: string;
  #isMade = false;
  #shortage: WaystationError | undefined;

  constructor(options: ReserveOptions) {
    this.#options = options;
    this.#path = `${options.directory}/reserve`;
  }

  /** That the disk had no room for it when it was last tried. */
  get shortage(): WaystationError | undefined {
    return this.#shortage;
  }

  /** Makes the file if the disk has room; what else may go wrong with it is no reason to stop. */
  async ensure(): Promise<void> {
    if (this.#isMade) return;
    const unfinished = `${this.#path}${UNFINISHED_SUFFIX}`;
    try {
      await this.#fill(unfinished);
      await this.#options.storage.rename(unfinished, this.#path);
      this.#isMade = true;
      this.#shortage = undefined;
    } catch (error) {
      if (!isStorageError(error)) throw error;
      await this.#remove(unfinished);
      const what = `Opening the journal in ${this.#options.directory}: the disk is full.`;
      this.#shortage = isNoSpace(error) ? new WaystationError('journal.full', what, { cause: error }) : undefined;
    }
  }

  /** @returns whether there may be room now */
  giveUp(): Promise<boolean> {
    this.#isMade = false;
    return this.#remove(this.#path);
  }

  async #fill(path: string): Promise<void> {
    const { storage, random } = this.#options;
    const file = await storage.open(path, 'create');
    try {
      // Zeros would take no room where the file system compresses.
      await file.write(random(RESERVE_BYTES), 0);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async #remove(path: string): Promise<boolean> {
    try {
      await this.#options.storage.unlink(path);
      return true;
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return false;
    }
  }
}
