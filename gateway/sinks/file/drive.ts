/**
 * A folder on a drive that may go at any moment, as a port. Real: `node-drive.ts`.
 * It holds no file open from one call to the next, so that the drive can be unmounted. Errors are those of the system, with `code`.
 */
export interface Drive {
  /** In messages. */
  readonly directory: string;
  /** @throws WaystationError `file.noDrive` where nothing may be written */
  check(): Promise<void>;
  /** Regular files whose names are wanted, in no order; the others are not touched. */
  list(isWanted: (name: string) => boolean): Promise<readonly { readonly name: string; readonly sizeBytes: number }[]>;
  /** @returns fewer bytes only at the end of the file */
  read(name: string, offset: number, length: number): Promise<Buffer>;
  /**
   * Writes `bytes` at `offset` as the last ones of a file, which is made with offset 0 and must be there with any other. When this
   * resolves they are durable, with the name of the file; after a rejection any part of them may be there.
   *
   * @throws WaystationError `file.noDrive` where it would be on another file system
   */
  write(name: string, offset: number, bytes: Buffer): Promise<void>;
  /** Durable when it resolves. */
  rename(from: string, to: string): Promise<void>;
  /** Durable when it resolves. */
  remove(names: readonly string[]): Promise<void>;
}
