import { SerialPort } from 'serialport';
import { WaystationError } from '#gateway/model/errors.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import { identifyPort } from './identify-port.ts';
import { describeHolders, findPortHolders } from './port-holders.ts';
import type { OpenSerialLink, SerialLink, SerialLinkListener, SerialLinkOptions } from './serial-link.ts';

/** How long bytes may take to leave before a port is closed over them. */
const DRAIN_TIMEOUT_MS = 500;

/**
 * Serial ports of this machine. Modem lines are left alone: pseudo-terminals and many adapters have none.
 *
 * @param onShared told when a port is open that another program has open too, without a lock: what that takes does not arrive here
 */
export function nodeSerialLinks(clock: Clock, onShared: OnShared = () => {}): OpenSerialLink {
  return async (options, listener) => {
    const { path } = options;
    const device = await identifyPort(path);
    const link = new NodeSerialLink(path, device, await openPort(options), listener, clock);
    void findPortHolders(path).then((holders) => {
      const others = holders.filter(({ pid }) => pid !== process.pid);
      if (others.length > 0) onShared(path, describeHolders(others, path));
    });
    return link;
  };
}

/** @param holders programs with their processes, for people */
export type OnShared = (path: string, holders: string) => void;

class NodeSerialLink implements SerialLink {
  readonly path: string;
  readonly #device: string;
  readonly #port: SerialPort;
  readonly #clock: Clock;

  constructor(path: string, device: string, port: SerialPort, listener: SerialLinkListener, clock: Clock) {
    this.path = path;
    this.#device = device;
    this.#port = port;
    this.#clock = clock;
    port.on('data', (chunk: Buffer) => listener.onBytes(chunk));
    port.on('close', (reason: Error | null) => {
      // A null reason is our own close; after it nobody listens any more.
      if (reason === null) return;
      for (let rest: unknown = port.read(); rest instanceof Uint8Array; rest = port.read()) listener.onBytes(rest);
      // What the system says then is «bad file descriptor».
      listener.onClosed('disconnected' in reason ? new Error('it was unplugged', { cause: reason }) : reason);
    });
    // What fails is followed by the close event; without a listener it would end the process.
    port.on('error', () => {});
  }

  write(bytes: Uint8Array): void {
    if (this.#port.isOpen) this.#port.write(bytes);
  }

  setBaud(baud: number): Promise<boolean> {
    if (!this.#port.isOpen) return Promise.resolve(false);
    return new Promise((resolve) => this.#port.update({ baudRate: baud }, (error) => resolve(error === null)));
  }

  pause(): void {
    this.#port.pause();
  }

  resume(): void {
    this.#port.resume();
  }

  async isAttached(): Promise<boolean> {
    // A path that leads nowhere, or to no port, is another device than before.
    return this.#port.isOpen && (await identifyPort(this.path).catch(() => undefined)) === this.#device;
  }

  async close(): Promise<void> {
    if (!this.#port.isOpen) return;
    if (this.#port.writableLength > 0) {
      const drained = new Promise<void>((resolve) => this.#port.once('drain', resolve).drain(() => resolve()));
      await Promise.race([drained, wait(this.#clock, DRAIN_TIMEOUT_MS)]);
    }
    await new Promise<void>((resolve) => this.#port.close(() => resolve()));
  }
}

async function openPort({ path, baud }: SerialLinkOptions): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate: baud, lock: true, autoOpen: false });
  const cause = await new Promise<Error | null>((resolve) => port.open(resolve));
  if (cause === null) return port;
  const attempt = `Opening the serial port ${path}`;
  // The lock of a program that asks for it as we do, or the exclusive use that gpsd and others ask the system for.
  if (/lock|busy/i.test(cause.message)) {
    const who = describeHolders(await findPortHolders(path), path);
    throw new WaystationError('port.inUse', `${attempt}: ${who} has it`, { cause });
  }
  const code = /permission|EACCES/i.test(cause.message) ? 'port.denied' : 'port.failed';
  throw new WaystationError(code, `${attempt}: ${cause.message.replace(/^Error:? /, '')}`, { cause });
}
