import { WaystationError } from '#gateway/model/errors.ts';
import type { OpenSerialLink, SerialLinkListener } from './serial-link.ts';

/** A bench of serial devices for tests: they are plugged in, speak, are listened to, and pulled out by hand. */
export class FakeSerialPorts {
  readonly #devices = new Map<string, FakeDevice>();
  /** How often each opening was tried, with what came of it. */
  readonly attempts: ('opened' | 'missing' | 'busy')[] = [];

  readonly open: OpenSerialLink = async ({ path, baud }, listener) => {
    const device = this.#devices.get(path);
    this.attempts.push(device === undefined ? 'missing' : device.listener === undefined ? 'opened' : 'busy');
    if (device === undefined)
      throw new WaystationError('port.missing', `Opening the serial port ${path}: there is no such path`);
    if (device.listener !== undefined)
      throw new WaystationError('port.failed', `Opening the serial port ${path}: another program holds it`);
    device.listener = listener;
    device.baud = baud;
    device.rates.push(baud);
    return {
      path,
      setBaud: async (rate) => {
        if (device.missingRates.includes(rate)) return false;
        device.baud = rate;
        device.rates.push(rate);
        return true;
      },
      write: (bytes) => void device.written.push(Buffer.from(bytes).toString('latin1')),
      pause: () => {
        device.isPaused = true;
      },
      resume: () => {
        device.isPaused = false;
        device.deliver();
      },
      isAttached: async () => this.#devices.get(path) === device,
      close: async () => {
        device.listener = undefined;
      },
    };
  };

  /** A device appears under the path. */
  plug(path: string): FakeDevice {
    const device = new FakeDevice();
    this.#devices.set(path, device);
    return device;
  }

  /** The path vanishes. Whoever has it open is told, unless the system fails to. */
  unplug(path: string, { isNoticed = true } = {}): void {
    const device = this.#devices.get(path);
    this.#devices.delete(path);
    if (isNoticed) device?.listener?.onClosed(new Error('bad file descriptor'));
  }
}

/** One device of the bench. */
export class FakeDevice {
  listener: SerialLinkListener | undefined;
  /** The rate that its reader has set. */
  baud: number | undefined;
  /** Every rate that was set. */
  readonly rates: number[] = [];
  /** What its port cannot be set to. */
  missingRates: readonly number[] = [];
  /** At any other rate than this it is heard as noise. */
  ownBaud: number | undefined;
  isPaused = false;
  /** What the gateway wrote, one entry a write. */
  readonly written: string[] = [];
  readonly #waiting: Uint8Array[] = [];

  get isOpen(): boolean {
    return this.listener !== undefined;
  }

  /** Bytes that the gateway has not taken yet. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  /** The device speaks; what is not listened to waits. */
  send(bytes: string | Uint8Array): void {
    this.#waiting.push(Buffer.from(bytes));
    this.deliver();
  }

  deliver(): void {
    while (this.listener !== undefined && !this.isPaused) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) return;
      const isHeard = this.ownBaud === undefined || this.ownBaud === this.baud;
      this.listener.onBytes(isHeard ? chunk : chunk.map((byte) => byte ^ NOISE));
    }
  }
}

const NOISE = 0b1101_0110;
