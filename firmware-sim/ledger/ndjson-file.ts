import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Appends lines to a file. A line is with the kernel when `append` returns: it survives the end of the process, however violent.
 * (Not that of the machine: the simulator's account need not be more durable than the simulation.)
 */
export class NdjsonFile implements Disposable {
  #fd: number | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  append(line: string): void {
    if (this.#fd !== undefined) writeSync(this.#fd, `${line}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** Opens the file at its end, with its folder, and closes a line that a crash cut short. */
export function openNdjsonFile(path: string): NdjsonFile {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'a+');
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  if (size > 0) readSync(fd, last, 0, 1, size - 1);
  if (size > 0 && last.toString() !== '\n') writeSync(fd, '\n');
  return new NdjsonFile(fd);
}
