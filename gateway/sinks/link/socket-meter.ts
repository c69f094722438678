import type { Socket } from 'node:net';

/** Bytes both ways. */
export interface WireBytes {
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/**
 * Counts what goes over sockets. Under TLS the socket to be counted is the one beneath, so that handshakes, records and alerts are in the
 * count. Bytes count as sent when they were handed to the system; the headers of TCP and IP are not seen.
 */
export class SocketMeter {
  readonly #counted = new Map<Socket, WireBytes>();
  readonly #ended: () => void;
  #unreported: WireBytes = { sentBytes: 0, receivedBytes: 0 };

  /** @param ended a socket has closed: it is time to {@link read} */
  constructor(ended: () => void) {
    this.#ended = ended;
  }

  get socketCount(): number {
    return this.#counted.size;
  }

  /** From the first byte on: the socket may still be connecting. */
  add(socket: Socket): void {
    this.#counted.set(socket, { sentBytes: 0, receivedBytes: 0 });
    socket.once('close', () => {
      this.#look(socket);
      this.#counted.delete(socket);
      this.#ended();
    });
  }

  /** What has gone since the last call. */
  read(): WireBytes {
    for (const socket of this.#counted.keys()) this.#look(socket);
    const bytes = this.#unreported;
    this.#unreported = { sentBytes: 0, receivedBytes: 0 };
    return bytes;
  }

  #look(socket: Socket): void {
    const before = this.#counted.get(socket);
    if (before === undefined) return;
    // A socket that was destroyed may know no number any more; it cannot have unsent anything.
    const sentBytes = Math.max(before.sentBytes, socket.bytesWritten ?? 0);
    const receivedBytes = Math.max(before.receivedBytes, socket.bytesRead ?? 0);
    this.#counted.set(socket, { sentBytes, receivedBytes });
    this.#unreported = {
      sentBytes: this.#unreported.sentBytes + sentBytes - before.sentBytes,
      receivedBytes: this.#unreported.receivedBytes + receivedBytes - before.receivedBytes,
    };
  }
}
