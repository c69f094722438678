import { SerialPort } from 'serialport';
import { vi } from 'vitest';

/** A port opened with what the gateway uses to read ports. */
export interface Reader {
  /** Everything that came so far. */
  received(): Buffer;
  write(bytes: Uint8Array): void;
  /** Resolves with the reason once the device has gone. */
  readonly gone: Promise<unknown>;
  /** Resolves when nothing of what came is being read any more: a device that goes in the middle of a read may never be missed. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when the port is open, at that speed. */
export async function openReader(path: string, baudRate = 38_400): Promise<Reader> {
  const chunks: Buffer[] = [];
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  port.on('data', (chunk: Buffer) => chunks.push(chunk));
  const gone = new Promise((resolve) => port.once('close', resolve));
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  return {
    received: () => Buffer.concat(chunks),
    write: (bytes) => port.write(Buffer.from(bytes)),
    gone,
    idle: () => vi.waitUntil(() => isPolling(port)).then(() => {}),
    close: () => new Promise((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve())),
  };
}

function isPolling(port: SerialPort): boolean {
  const binding = port.port;
  const poller = binding !== undefined && 'poller' in binding ? binding.poller : undefined;
  // The bindings of Linux and macOS wait with an event emitter.
  return poller instanceof Object && (poller as NodeJS.EventEmitter).listenerCount('readable') > 0;
}
