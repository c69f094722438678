import { mkdirSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { UnavailableError } from '#firmware-sim/unavailable-error.ts';

/** Where the links to the ports are: `serial/by-id` under a folder. What it made of folders goes with it, if nothing else is in them. */
export class PortFolder implements Disposable {
  readonly #path: string;
  /** The innermost first. */
  readonly #made: readonly string[];

  /**
   * @param dir absent: a temporary folder of its own
   * @throws UnavailableError when it cannot be made
   */
  constructor(dir?: string) {
    const root = dir ?? mkdtempSync(join(tmpdir(), 'waystation-sim-'));
    this.#path = join(root, 'serial', 'by-id');
    const first = makeFolder(root, this.#path);
    const made = first === undefined ? [] : foldersUpTo(resolve(this.#path), first);
    this.#made = dir === undefined ? [...made, root] : made;
  }

  /** As `udev` would name it: `usb-…`. */
  linkPathOf(name: string): string {
    return join(this.#path, `usb-Waystation_Simulated_${name.toUpperCase()}-if00`);
  }

  [Symbol.dispose](): void {
    try {
      for (const folder of this.#made) rmdirSync(folder);
    } catch {
      // Somebody else has put something there, or taken it away.
    }
  }
}

/** @returns the outermost folder that had to be made */
function makeFolder(root: string, path: string): string | undefined {
  try {
    return mkdirSync(path, { recursive: true });
  } catch (error) {
    const isFile = statSync(root, { throwIfNoEntry: false })?.isFile() ?? false;
    const found = error instanceof Error ? error.message : String(error);
    const message = `cannot make the ports in ${root}: ${isFile ? 'it is a file' : found}`;
    throw new UnavailableError(message, 'Choose a folder that you may write to with --dir.', { cause: error });
  }
}

function foldersUpTo(path: string, first: string): readonly string[] {
  const isLast = path.length <= first.length || dirname(path) === path;
  return isLast ? [path] : [path, ...foldersUpTo(dirname(path), first)];
}
