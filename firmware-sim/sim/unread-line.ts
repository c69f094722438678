import type { SerialLine } from '#firmware-sim/serial/usb-serial-device.ts';

/** A line that nobody ever opens. */
export class UnreadLine implements SerialLine {
  readonly isReaderReady = false;
  #isPlugged = false;

  get isPlugged(): boolean {
    return this.#isPlugged;
  }

  plug(): void {
    this.#isPlugged = true;
  }

  unplug(): void {
    this.#isPlugged = false;
  }

  setBaud(): void {}

  write(): boolean {
    return false;
  }

  [Symbol.dispose](): void {}
}
