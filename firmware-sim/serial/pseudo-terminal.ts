import { closeSync, readSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { requireBinary } from '@lydell/node-pty/requireBinary.js';
import { readLineSpeed } from './line-speed.ts';

/**
 * The far side of a serial cable: what is written here comes out of the device path that a reader opens, and the other way round.
 *
 * `@lydell/node-pty` is used for the one thing that Node cannot do: getting a pair. Its own `open` reads the near side itself and
 * so steals bytes, and its `write` blocks the event loop when nobody reads; here the descriptor is read and written directly.
 */
export class PseudoTerminal {
  /** What the reader opens: `/dev/pts/7`. */
  readonly path: string;
  readonly #fd: number;
  readonly #stream: ReadStream;
  readonly #buffer = Buffer.allocUnsafe(READ_SIZE_BYTES);

  constructor(path: string, fd: number, stream: ReadStream) {
    this.path = path;
    this.#fd = fd;
    this.#stream = stream;
  }

  /**
   * Looks once, without waiting. A pair whose other side nobody has open answers EIO; that is how the device knows of its reader,
   * as a USB device knows by DTR.
   */
  read(): PseudoTerminalInput {
    if (this.#stream.destroyed) return NOT_OPEN;
    try {
      const sizeBytes = readSync(this.#fd, this.#buffer);
      return { isReaderThere: sizeBytes > 0, bytes: Buffer.from(this.#buffer.subarray(0, sizeBytes)) };
    } catch (error) {
      if (hasCode(error, 'EAGAIN')) return NOTHING_SAID;
      if (hasCode(error, 'EIO')) return NOT_OPEN;
      throw error;
    }
  }

  /** The speed that the reader has set, in baud; undefined where the system does not tell. A terminal keeps it over openings. */
  async readSpeed(): Promise<number | undefined> {
    return this.#stream.destroyed ? undefined : await readLineSpeed(this.#fd);
  }

  /** @returns how many bytes went in, which may be none: a full buffer is not waited for */
  write(bytes: Uint8Array): number {
    if (this.#stream.destroyed) return 0;
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      if (hasCode(error, 'EAGAIN') || hasCode(error, 'EIO')) return 0;
      throw error;
    }
  }

  /** The path vanishes, and whoever has it open sees the device go. */
  close(): void {
    this.#stream.destroy();
  }
}

/** What one look at the cable showed. */
export interface PseudoTerminalInput {
  readonly isReaderThere: boolean;
  readonly bytes: Uint8Array;
}

const READ_SIZE_BYTES = 4096;
const NOTHING_SAID: PseudoTerminalInput = { isReaderThere: true, bytes: new Uint8Array() };
const NOT_OPEN: PseudoTerminalInput = { isReaderThere: false, bytes: new Uint8Array() };

/**
 * Makes a pair in raw mode, so that nothing is echoed or translated before the reader sets the port up.
 *
 * @throws Error when the platform has no pseudo-terminals, or the binary of `@lydell/node-pty` is missing
 */
export function openPseudoTerminal(): PseudoTerminal {
  const { master, slave, pty } = requireBinary('pty.node').open(80, 24);
  // Both sides of a pair share one set of terminal modes. libuv gives back the modes that it found when it closes a terminal,
  // so they are set through the side that stays open. This stream never reads: reading is `PseudoTerminal.read`.
  const stream = new ReadStream(master);
  stream.setRawMode(true);
  closeSync(slave);
  return new PseudoTerminal(pty, master, stream);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
