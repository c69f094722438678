import { readFileSync } from 'node:fs';

/** Something that the simulator needs is not there: a file, a port. The process ends with exit code 69. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  readonly remedy: string;

  /** @param message what was attempted, on what, and what was found */
  constructor(message: string, remedy: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.remedy = remedy;
  }
}

/**
 * Reads a file that was named on the command line.
 *
 * @throws UnavailableError when it cannot be read
 */
export function readNeededFile(path: string, option: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new UnavailableError(`cannot read ${path}: ${found}`, `Check the path given with ${option}.`, {
      cause: error,
    });
  }
}
