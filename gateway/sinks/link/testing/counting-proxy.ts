import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that counts what comes in on either side, for tests: what it has read did go over the wire. */
export class CountingProxy implements AsyncDisposable {
  towardsFarBytes = 0;
  towardsNearBytes = 0;
  connectionCount = 0;
  /** Also once nobody listens there any more. */
  port = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(targetPort: number): Promise<CountingProxy> {
    const server = createServer();
    const proxy = new CountingProxy(server);
    server.on('connection', (near) => proxy.#join(near, targetPort));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A TCP server that listens has an address of this kind.
    proxy.port = (server.address() as AddressInfo).port;
    return proxy;
  }

  /** Ends every connection with a reset. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket, targetPort: number): void {
    this.connectionCount += 1;
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    near.on('data', (bytes) => {
      this.towardsFarBytes += bytes.length;
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      this.towardsNearBytes += bytes.length;
      near.write(bytes);
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('end', () => other.end());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
