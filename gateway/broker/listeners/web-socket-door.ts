import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { WebSocketStream } from './web-socket-stream.ts';

/** Subprotocols that are spoken; the first is that of MQTT 3.1.1 [MQTT-6.0.0-3], the other that of MQTT 3.1. */
const SUBPROTOCOLS = ['mqtt', 'mqttv3.1'];
/** Request line and headers of an upgrade. */
const MAX_HEADER_BYTES = 8192;
/** Frames of one message: each costs memory beside its bytes. */
const MAX_FRAGMENTS = 1024;
const MAX_BUFFERED_CHUNKS = 16_384;

/** What {@link WebSocketDoor} needs. */
export interface WebSocketDoorOptions {
  /** Web pages that may connect, by their origin; `*` lets all. Programs send no origin, and are not asked for one. */
  readonly origins: readonly string[];
  /** Largest message; several packets may be in one. */
  readonly maxMessageBytes: number;
  /** Bytes that a connection may send before its login. */
  readonly maxConnectBytes: number;
}

/** What becomes of one connection. */
export interface WebSocketGuest {
  /** Whether it has not logged in yet. */
  readonly isPending: () => boolean;
  readonly onStream: (stream: Duplex) => void;
  /** Called once, before the connection is closed. */
  readonly onRefused: (reason: 'badWebSocket' | 'foreignOrigin' | 'connectTooLarge', text: string) => void;
}

/** Lets connections in that ask for WebSocket as they should; serves nothing else. Listens on no port: it is given connections. */
export class WebSocketDoor implements Disposable {
  readonly #options: WebSocketDoorOptions;
  readonly #guests = new WeakMap<Duplex, WebSocketGuest>();
  readonly #http: Server;
  readonly #webSockets: WebSocketServer;

  constructor(options: WebSocketDoorOptions) {
    this.#options = options;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: options.maxMessageBytes,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_BUFFERED_CHUNKS,
      handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
    });
    this.#webSockets.on('wsClientError', (error, stream) => this.#refuse(stream, 400, error.message));
    this.#http = createServer({ maxHeaderSize: MAX_HEADER_BYTES });
    this.#http.on('request', ({ socket }) => this.#refuse(socket, 426, 'no request for WebSocket'));
    this.#http.on('clientError', (error, socket) => this.#refuse(socket, 400, error.message));
    this.#http.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
  }

  /** Takes a connection from which nothing was read yet. */
  enter(stream: Duplex, guest: WebSocketGuest): void {
    this.#guests.set(stream, guest);
    this.#http.emit('connection', stream);
  }

  [Symbol.dispose](): void {
    this.#webSockets.close();
    this.#http.close();
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { origin } = request.headers;
    if (origin !== undefined && !this.#isWelcome(origin)) {
      this.#refuse(stream, 403, `a web page of ${origin}`, 'foreignOrigin');
      return;
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.some((name) => SUBPROTOCOLS.includes(name))) {
      this.#refuse(stream, 400, 'it does not offer the subprotocol mqtt [MQTT-6.0.0-3]');
      return;
    }
    this.#webSockets.handleUpgrade(request, stream, head, (webSocket) => this.#seat(webSocket, stream));
  }

  #isWelcome(origin: string): boolean {
    const { origins } = this.#options;
    return origins.includes('*') || origins.includes(origin);
  }

  #seat(webSocket: WebSocket, stream: Duplex): void {
    const guest = this.#guests.get(stream);
    if (guest === undefined) {
      webSocket.terminate();
      return;
    }
    this.#boundLogin(webSocket, stream, guest);
    guest.onStream(new WebSocketStream(webSocket, (_fault, text) => guest.onRefused('badWebSocket', text)));
  }

  /** A message is handed over once it is whole: until the login, what waits for its end is bounded as the CONNECT packet is [B5]. */
  #boundLogin(webSocket: WebSocket, stream: Duplex, guest: WebSocketGuest): void {
    let receivedBytes = 0;
    const count = (chunk: Buffer) => {
      if (!guest.isPending()) return void stream.off('data', count);
      // The CONNECT is there, and what comes behind it waits.
      if (webSocket.isPaused) return;
      receivedBytes += chunk.length;
      if (receivedBytes <= this.#options.maxConnectBytes) return;
      guest.onRefused('connectTooLarge', `more than ${this.#options.maxConnectBytes} bytes before the login`);
      webSocket.terminate();
    };
    stream.on('data', count);
  }

  #refuse(
    stream: Duplex,
    status: 400 | 403 | 426,
    text: string,
    reason: 'badWebSocket' | 'foreignOrigin' = 'badWebSocket',
  ) {
    if (stream.destroyed) return;
    this.#guests.get(stream)?.onRefused(reason, text);
    stream.end(`HTTP/1.1 ${STATUS_LINES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
      stream.destroy(),
    );
  }
}

const STATUS_LINES = {
  400: '400 Bad Request',
  403: '403 Forbidden',
  426: '426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: mqtt',
};
