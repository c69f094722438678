import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, repeat } from '#firmware-sim/clock.ts';
import { openPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.ts';
import { readAtSpeed } from './uart.ts';

/** What the firmware behind a port is told. */
export interface Firmware {
  onBytes(bytes: Uint8Array): void;
  /** The reader has set up its port, or another speed. @param baud undefined where that cannot be known */
  onReaderReady?(baud: number | undefined): void;
  /** The reader, or the device, has gone. @param lastSeenMs when the reader was certainly there */
  onReaderGone(lastSeenMs: number): void;
}

/** What {@link UsbSerialDevice} needs. */
export interface UsbSerialDeviceOptions {
  /** `…/serial/by-id/usb-…`: stable over replugs, as udev's links are. */
  readonly linkPath: string;
  readonly clock: Clock;
  /**
   * The speed of a UART behind the port: a reader that sets another one reads garbage, and is understood as little. Without it the
   * speed does not matter, as with a device that has USB of its own.
   */
  readonly baud?: number;
}

/** The near end of a serial line, as firmware uses it. */
export interface SerialLine extends Disposable {
  /** Somebody listens. */
  readonly isReaderReady: boolean;
  /** Appears under its link. Harmless when it is plugged in already. */
  plug(): void;
  /** Vanishes with its link. Harmless when it is not plugged in. */
  unplug(): void;
  readonly isPlugged: boolean;
  /** The UART is set to another speed. */
  setBaud(baud: number): void;
  /** @returns whether the piece was taken, whole */
  write(piece: Uint8Array): boolean;
}

/**
 * A USB-CDC device on a pseudo-terminal: it can be plugged and unplugged, sees whether its port is open, and never waits in a write.
 * While nobody has the port open there is nothing to write to, as with a UART behind a dropped DTR.
 */
export class UsbSerialDevice implements SerialLine {
  readonly #options: UsbSerialDeviceOptions;
  readonly #firmware: Firmware;
  readonly #stopPolling: () => void;
  #terminal: PseudoTerminal | undefined;
  #openedMs: number | undefined;
  #isReady = false;
  #lastSeenMs = 0;
  #baud: number | undefined;
  /** What the reader has set, and when it was looked at. */
  #readerBaud: number | undefined;
  #speedSeenMs = Number.NEGATIVE_INFINITY;
  /** What the firmware was last told of the reader. */
  #told: { readonly baud: number | undefined } | undefined;
  /** What the port did not take of the last piece: it goes first. */
  #rest: Uint8Array = EMPTY;

  constructor(options: UsbSerialDeviceOptions, firmware: Firmware) {
    this.#options = options;
    this.#firmware = firmware;
    this.#baud = options.baud;
    this.#stopPolling = repeat(options.clock, POLL_INTERVAL_MS, () => this.#poll());
  }

  /** The reader is there and has set the port up. */
  get isReaderReady(): boolean {
    return this.#isReady;
  }

  get isPlugged(): boolean {
    return this.#terminal !== undefined;
  }

  setBaud(baud: number): void {
    this.#baud = baud;
  }

  plug(): void {
    if (this.#terminal !== undefined) return;
    const terminal = openPseudoTerminal();
    this.#terminal = terminal;
    mkdirSync(dirname(this.#options.linkPath), { recursive: true });
    rmSync(this.#options.linkPath, { force: true });
    symlinkSync(terminal.path, this.#options.linkPath);
  }

  unplug(): void {
    if (this.#terminal === undefined) return;
    rmSync(this.#options.linkPath, { force: true });
    this.#terminal.close();
    this.#terminal = undefined;
    this.#readerGone();
  }

  /**
   * Gives one piece (a sentence, a frame) to the port, whole or not at all: a piece taken in part is finished before the next.
   *
   * @returns false if it was not taken: nobody is there, or the reader does not keep up
   */
  write(piece: Uint8Array): boolean {
    if (!this.#isReady || !this.#flush()) return false;
    const arriving = readAtSpeed(piece, ...this.#speeds);
    const takenBytes = this.#terminal?.write(arriving) ?? 0;
    if (takenBytes === 0 && arriving.length > 0) return false;
    this.#rest = arriving.subarray(takenBytes);
    return true;
  }

  [Symbol.dispose](): void {
    this.#stopPolling();
    this.unplug();
  }

  /** Of device and reader; the same where one of them does not matter. */
  get #speeds(): readonly [device: number, reader: number] {
    const device = this.#baud ?? 0;
    return [device, this.#baud === undefined ? device : (this.#readerBaud ?? device)];
  }

  /** @returns whether nothing is left of the last piece */
  #flush(): boolean {
    if (this.#rest.length > 0) this.#rest = this.#rest.subarray(this.#terminal?.write(this.#rest) ?? 0);
    return this.#rest.length === 0;
  }

  #poll(): void {
    const input = this.#terminal?.read();
    if (input === undefined) return;
    const nowMs = this.#options.clock.nowMs();
    if (!input.isReaderThere) {
      this.#readerGone();
      return;
    }
    this.#openedMs ??= nowMs;
    this.#lastSeenMs = nowMs;
    // A reader that speaks has set its port up.
    this.#isReady ||= nowMs - this.#openedMs >= SETTLE_MS || input.bytes.length > 0;
    this.#flush();
    if (this.#baud !== undefined && nowMs - this.#speedSeenMs >= SPEED_INTERVAL_MS) void this.#lookAtSpeed(nowMs);
    if (this.#isReady && (this.#told === undefined || this.#told.baud !== this.#readerBaud)) {
      this.#told = { baud: this.#readerBaud };
      this.#firmware.onReaderReady?.(this.#readerBaud);
    }
    const [device, reader] = this.#speeds;
    if (input.bytes.length > 0) this.#firmware.onBytes(readAtSpeed(input.bytes, reader, device));
  }

  async #lookAtSpeed(nowMs: number): Promise<void> {
    this.#speedSeenMs = nowMs;
    this.#readerBaud = await this.#terminal?.readSpeed();
  }

  #readerGone(): void {
    if (this.#openedMs === undefined) return;
    this.#openedMs = undefined;
    this.#isReady = false;
    this.#rest = EMPTY;
    this.#told = undefined;
    this.#firmware.onReaderGone(this.#lastSeenMs);
  }
}

/** How often the port is looked at: 5 µs a look. */
const POLL_INTERVAL_MS = 10;
/** How often the reader's speed is looked at while it is there: 60 µs a look, off the event loop. */
const SPEED_INTERVAL_MS = 50;
/** A reader opens, sets the modes and flushes; bytes that come before would be lost in the flush. */
export const SETTLE_MS = 150;

const EMPTY = new Uint8Array();
