import { existsSync, globSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The library that lies about the date, of the Debian package `faketime`; undefined where it is not installed. */
const LIBRARY = globSync('/usr/lib/*/faketime/libfaketime.so.1').find((path) => existsSync(path));

/** Whether tests that set the date must be skipped: under CI the package may not be missing. */
export const mustSkipDates = LIBRARY === undefined && process.env['CI'] === undefined;

/** The host's date, as one process and those that it starts see it. Monotonic time and timers are not touched, as when an operator sets the date. */
export class FakeDate {
  /** What the process must be started with. */
  readonly env: Readonly<Record<string, string>>;
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
    this.env = {
      LD_PRELOAD: LIBRARY ?? 'libfaketime is not installed',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_NO_CACHE: '1',
      FAKETIME_TIMESTAMP_FILE: file,
    };
  }

  /** The true date, until it is set. */
  static async open(folder: string): Promise<FakeDate> {
    const date = new FakeDate(join(folder, 'date'));
    await date.shiftByDays(0);
    return date;
  }

  /** At once, in running processes too. */
  async shiftByDays(days: number): Promise<void> {
    await writeFile(`${this.#file}.new`, `${days < 0 ? '' : '+'}${days}d\n`);
    await rename(`${this.#file}.new`, this.#file);
  }
}
