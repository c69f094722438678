import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Why a WebSocket is not carried on. */
export type WebSocketFault = 'textFrame' | 'badFrame';

/** What may wait to be sent before a ping is left unanswered: a peer that asks and does not read gets no memory for it. */
const MAX_PONG_BACKLOG_BYTES = 4096;

/**
 * MQTT within WebSocket as a plain stream of bytes: packets may begin and end anywhere in messages [MQTT-6.0.0-2], and only
 * binary ones are taken [MQTT-6.0.0-1]. Pausing it stops the socket under it at once, so that nothing piles up in between.
 */
export class WebSocketStream extends Duplex {
  readonly #webSocket: WebSocket;

  constructor(webSocket: WebSocket, onFault: (fault: WebSocketFault, text: string) => void) {
    super({ allowHalfOpen: false });
    this.#webSocket = webSocket;
    const fail = (fault: WebSocketFault, text: string) => {
      if (this.destroyed) return;
      onFault(fault, text);
      this.destroy();
    };
    webSocket.on('message', (data: Buffer, isBinary: boolean) => {
      if (this.destroyed) return;
      if (isBinary) this.push(data);
      else fail('textFrame', 'a text message; MQTT comes in binary ones [MQTT-6.0.0-1]');
    });
    webSocket.on('ping', (data: Buffer) => {
      if (webSocket.bufferedAmount <= MAX_PONG_BACKLOG_BYTES) webSocket.pong(data, false);
    });
    webSocket.on('error', (error: Error) => fail('badFrame', error.message));
    webSocket.on('close', () => this.destroy());
  }

  override pause(): this {
    this.#webSocket.pause();
    return super.pause();
  }

  override resume(): this {
    this.#webSocket.resume();
    return super.resume();
  }

  override _read(): void {
    // It flows, or it is paused: there is nothing to fetch.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#webSocket.send(chunk, { binary: true, compress: false }, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#webSocket.close(NORMAL_CLOSURE);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#webSocket.terminate();
    done(error);
  }
}

/** @see RFC 6455, section 7.4.1 */
const NORMAL_CLOSURE = 1000;
