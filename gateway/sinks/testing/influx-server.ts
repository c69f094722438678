import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server got it. */
export interface WriteRequest {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How the server answers; nothing for one that never does. */
export type Answer =
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  | undefined;

/** The HTTP face of an InfluxDB, which answers as a test tells it and notes what it was asked. */
export class InfluxServer implements AsyncDisposable {
  answer: (request: WriteRequest) => Answer = () => ({ status: 204 });
  readonly requests: WriteRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<InfluxServer> {
    const server = createServer();
    const fake = new InfluxServer(server);
    server.on('request', async (request, response) => {
      const body = await request.setEncoding('utf8').toArray();
      const asked = { url: new URL(request.url ?? '/', fake.url), headers: request.headers, body: body.join('') };
      fake.requests.push(asked);
      const answer = fake.answer(asked);
      if (answer !== undefined) response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get url(): string {
    // A TCP server that listens has an address of this kind.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
