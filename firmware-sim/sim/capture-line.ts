import type { SerialLine } from '#firmware-sim/serial/usb-serial-device.ts';

/**
 * A line that is recorded: all that a receiver sends while it is plugged in goes to `record`, and to the line proper where there is
 * one and somebody listens. A receiver on a recorded line speaks whether it is heard or not.
 */
export class CaptureLine implements SerialLine {
  readonly #record: (piece: Uint8Array) => void;
  readonly #line: SerialLine | undefined;
  #isPlugged = false;

  constructor(record: (piece: Uint8Array) => void, line?: SerialLine) {
    this.#record = record;
    this.#line = line;
  }

  get isPlugged(): boolean {
    return this.#isPlugged;
  }

  get isReaderReady(): boolean {
    return this.#isPlugged;
  }

  plug(): void {
    this.#isPlugged = true;
    this.#line?.plug();
  }

  unplug(): void {
    this.#isPlugged = false;
    this.#line?.unplug();
  }

  setBaud(baud: number): void {
    this.#line?.setBaud(baud);
  }

  write(piece: Uint8Array): boolean {
    if (!this.#isPlugged) return false;
    this.#record(piece);
    return this.#line?.isReaderReady ? this.#line.write(piece) : true;
  }

  [Symbol.dispose](): void {
    this.#line?.[Symbol.dispose]();
  }
}
