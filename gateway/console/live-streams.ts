import type { ServerResponse } from 'node:http';

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
  readonly #streams = new Set<ServerResponse>();

  /** @returns false if there are too many already */
  add(response: ServerResponse): boolean {
    if (this.#streams.size >= MAX_STREAMS) return false;
    this.#streams.add(response);
    response.once('close', () => this.#streams.delete(response));
    response.on('error', () => response.destroy());
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`retry: ${RETRY_MS}\n\n`);
    return true;
  }

  /** Sends an event to every stream; one that has not taken the last few is ended. */
  emit(name: string, value: unknown): void {
    if (this.#streams.size === 0) return;
    const text = `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
    for (const stream of this.#streams) {
      if (stream.writableNeedDrain) stream.destroy();
      else stream.write(text);
    }
  }
}
