/** Carries datagrams of one size to a Unix socket, as a port: `socat-pipe.ts` is the real one. */
export interface DatagramPipe extends Disposable {
  /** @returns whether there was room; what finds none is dropped */
  send(datagram: Uint8Array): boolean;
}

/**
 * Opens one. It may fail at any time, at once or later; `onFailed` is told once, and the pipe is of no use after that.
 *
 * @param sizeBytes of every datagram
 */
export type OpenDatagramPipe = (
  path: string,
  sizeBytes: number,
  onFailed: (reason: DatagramPipeFailure) => void,
) => DatagramPipe;

/** Why no datagram gets through. */
export interface DatagramPipeFailure {
  readonly isProgramMissing: boolean;
  readonly detail: string;
}
