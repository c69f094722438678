import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Tabs that may watch at once; one more is refused. */
export const MAX_STREAMS = 16;

/** How soon a browser comes back after the connection broke. */
const RETRY_MS = 1000;

/**
 * The open server-sent event streams. Nothing is queued for a browser that does not read: it is disconnected, and when it
 * comes back it asks for the history first.
 *
 * @see HTML Living Standard, 9.2 Server-sent events
 */
export class LiveStreams {
  readonly #streams = new Map<Socket, ServerResponse>();

  /**
   * @param socket that the request came on; while it is open, it holds one place at most
   * @returns false if there are too many already
   */
  add(socket: Socket, response: ServerResponse): boolean {
    if (this.#streams.size >= MAX_STREAMS || this.#streams.has(socket) || socket.destroyed) return false;
    this.#streams.set(socket, response);
    socket.once('close', () => this.#streams.delete(socket));
    response.on('error', () => socket.destroy());
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`retry: ${RETRY_MS}\n\n`);
    return true;
  }

  /** Sends an event to every stream; one that has not taken the last few is ended. */
  emit(name: string, value: unknown): void {
    if (this.#streams.size === 0) return;
    const text = `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
    for (const [socket, stream] of this.#streams) {
      if (stream.writableNeedDrain) socket.destroy();
      else stream.write(text);
    }
  }
}
