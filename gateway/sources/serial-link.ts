/**
 * One open serial port, as a port: `node-serial-link.ts` is the real one, `fake-serial-ports.ts` the one of the tests.
 * It knows nothing of reopening: whoever opened it is told once that it closed, and opens another.
 */
export interface SerialLink {
  /** What was opened: where the port was asked for by a name that is gone, another name of it. */
  readonly path: string;
  /**
   * Changes the rate of the open port; what waits to be read is dropped.
   *
   * @returns false when it does not have the rate, or is gone
   */
  setBaud(baud: number): Promise<boolean>;
  /** Queues bytes. A write that fails closes the link. */
  write(bytes: Uint8Array): void;
  /** No bytes are delivered until {@link SerialLink.resume}; they wait in the system's buffer, which is bounded. */
  pause(): void;
  resume(): void;
  /** Whether the path still leads to what was opened: a replugged adapter gets a new device under the same name. */
  isAttached(): Promise<boolean>;
  /** Gives what was written a moment to leave, then closes. Harmless when it is closed. */
  close(): Promise<void>;
}

/** What to open: 8 data bits, no parity, one stop bit. */
export interface SerialLinkOptions {
  readonly path: string;
  /** Bits per second. */
  readonly baud: number;
}

/** Who hears of the link. */
export interface SerialLinkListener {
  /** The listener may keep the chunk. At most 64 KiB at a time. */
  onBytes(chunk: Uint8Array): void;
  /** Called once, after the last bytes, when the port went away or a write failed; not after {@link SerialLink.close}. */
  onClosed(reason: Error | undefined): void;
}

/**
 * Opens a port for this process alone.
 *
 * @throws WaystationError `port.missing`, `port.notSerial`, `port.inUse`, `port.denied`, `port.failed`
 */
export type OpenSerialLink = (options: SerialLinkOptions, listener: SerialLinkListener) => Promise<SerialLink>;
