import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP link that a test can break: between it and the far end everything may be cut, reset, or swallowed without a word. */
export class ChaosProxy implements AsyncDisposable {
  /** Accepts connections and closes them at once. */
  isDown = false;
  /** Swallows every byte both ways, and keeps the connections: a half-open link. */
  isStalled = false;
  /** Swallows what the far end answers: acknowledgements get lost. */
  isDeaf = false;
  connectionCount = 0;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(targetPort: number): Promise<ChaosProxy> {
    const server = createServer();
    const proxy = new ChaosProxy(server);
    server.on('connection', (near) => proxy.#join(near, targetPort));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    // A TCP server that listens has an address of this kind.
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection: with a reset, or as if both ends had closed. */
  cut(how: 'reset' | 'end'): void {
    for (const pair of this.#pairs) {
      for (const socket of pair) {
        if (how === 'reset') socket.resetAndDestroy();
        else socket.destroy();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDown = true;
    this.cut('end');
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket, targetPort: number): void {
    this.connectionCount += 1;
    if (this.isDown) {
      near.destroy();
      return;
    }
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    near.on('data', (bytes) => this.isStalled || far.write(bytes));
    far.on('data', (bytes) => this.isStalled || this.isDeaf || near.write(bytes));
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
  }
}
