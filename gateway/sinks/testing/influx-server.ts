import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** A request as the server got it. */
export interface WriteRequest {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Without its compression. */
  readonly body: string;
}

/** How the server answers; nothing for one that never does. */
export type Answer =
  | {
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** The body comes again and again, until the other side has had enough. */
      readonly isEndless?: boolean;
    }
  | undefined;

/** The HTTP face of an InfluxDB, which answers as a test tells it and notes what it was asked. */
export class InfluxServer implements AsyncDisposable {
  answer: (request: WriteRequest) => Answer = () => ({ status: 204 });
  readonly requests: WriteRequest[] = [];
  connectionCount = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<InfluxServer> {
    const server = createServer();
    const fake = new InfluxServer(server);
    server.on('connection', () => fake.connectionCount++);
    server.on('request', async (request, response) => {
      // A client that went away in the midst of its request gets no answer.
      const bytes = await buffer(request).catch(() => undefined);
      if (bytes === undefined) return;
      const isCompressed = request.headers['content-encoding'] === 'gzip';
      const body = (isCompressed ? gunzipSync(bytes) : bytes).toString();
      const asked = { url: new URL(request.url ?? '/', fake.url), headers: request.headers, body };
      fake.requests.push(asked);
      const answer = fake.answer(asked);
      if (answer === undefined) return;
      response.writeHead(answer.status, answer.headers);
      if (answer.isEndless) repeat(response, answer.body ?? ' ');
      else response.end(answer.body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get url(): string {
    // A TCP server that listens has an address of this kind.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends the connections that wait for another request. */
  closeIdle(): void {
    this.#server.closeIdleConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function repeat(response: ServerResponse, text: string): void {
  const write = () => {
    while (!response.destroyed && response.write(text)) {}
  };
  response.on('drain', write);
  write();
}
