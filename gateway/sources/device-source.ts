import type { SourceStatus } from '#gateway/model/status.ts';
import { wait } from '#gateway/runtime/clock.ts';
import { encodeEvent, stampedTime } from './device-event.ts';
import { EventOutlet } from './event-outlet.ts';
import { SerialPort, type SerialPortOptions, type SerialPortState } from './serial-port.ts';
import type { Source, SourceContext } from './source.ts';

/** What one kind of device does with its bytes; made anew for each opening of the port, so that nothing outlives an unplug. */
export interface DeviceReader {
  read(chunk: Uint8Array): void;
  /** The device pauses or is gone: gives out what is complete enough. */
  flush(): void;
  /** What was refused so far, by reason. */
  rejections(): Readonly<Record<string, number>>;
}

/** Publishes one event of the device under its topic `devices/<id>/<name>`. */
export type SendEvent = (name: string, payload: Uint8Array) => void;

/** A device on a serial port. */
export interface SerialDevice extends Pick<SerialPortOptions, 'path' | 'baud' | 'greeting' | 'farewell'> {
  readonly id: string;
  readonly type: string;
  makeReader(send: SendEvent): DeviceReader;
}

/** How long closing waits for the answers to what was published. */
const CLOSE_TIMEOUT_MS = 5000;

/** Joins a port, a reader and an outlet, and begins to open the port. */
export function openDeviceSource(device: SerialDevice, context: SourceContext): Source {
  const source = new DeviceSource(device, context);
  source.start();
  return source;
}

class DeviceSource implements Source {
  readonly #device: SerialDevice;
  readonly #context: SourceContext;
  readonly #outlet: EventOutlet;
  readonly #port: SerialPort;
  #reader: DeviceReader;
  /** Of earlier openings. */
  #pastRejections: Readonly<Record<string, number>> = {};

  constructor(device: SerialDevice, context: SourceContext) {
    const { path, baud, greeting, farewell } = device;
    const { openLink, clock, random } = context;
    this.#device = device;
    this.#context = context;
    this.#outlet = new EventOutlet(context.publisher, device.id, (isHeld) => this.#port.hold(isHeld));
    this.#reader = this.#makeReader();
    this.#port = new SerialPort({
      ...{ path, baud, openLink, clock, random },
      ...(greeting === undefined ? {} : { greeting }),
      ...(farewell === undefined ? {} : { farewell }),
      onBytes: (chunk) => this.#reader.read(chunk),
      onQuiet: () => this.#reader.flush(),
      onClosed: () => this.#startAnew(),
      onStateChange: (state, lastError) => this.#tell(state, lastError),
    });
  }

  start(): void {
    this.#port.start();
  }

  status(): SourceStatus {
    const { id, type, path } = this.#device;
    const { state, lastError, receivedBytes, reopenCount } = this.#port;
    const { publishedCount, refusedCount } = this.#outlet;
    const error = lastError === undefined ? {} : { lastError };
    const rejections = summed(this.#pastRejections, this.#reader.rejections());
    return { id, type, path, state, ...error, receivedBytes, publishedCount, refusedCount, reopenCount, rejections };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#port[Symbol.asyncDispose]();
    await Promise.race([this.#outlet.idle(), wait(this.#context.clock, CLOSE_TIMEOUT_MS)]);
  }

  #makeReader(): DeviceReader {
    return this.#device.makeReader((name, payload) => this.#outlet.sendEvent(name, payload));
  }

  #startAnew(): void {
    this.#reader.flush();
    this.#pastRejections = summed(this.#pastRejections, this.#reader.rejections());
    this.#reader = this.#makeReader();
  }

  #tell(state: SerialPortState, lastError: string | undefined): void {
    const { id, type, path } = this.#device;
    const { timekeeper, logger } = this.#context;
    const data = { state, path, lastError };
    this.#outlet.sendStatus(encodeEvent('device.status', stampedTime(timekeeper.stamp()), data));
    const fields = { device: id, type, path, ...(lastError === undefined ? {} : { lastError }) };
    if (state === 'open') logger.info(fields, 'The device is open.');
    else if (state === 'silent') logger.warn(fields, 'The device is silent.');
    else logger.warn(fields, 'The device cannot be read; it is tried again.');
  }
}

function summed(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum = { ...a };
  for (const [reason, count] of Object.entries(b)) if (count > 0) sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}
