import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/** What happens to the bytes. `stall` is the silent one: connections stay open, and nothing arrives any more. */
export type LinkState = 'up' | 'cut' | 'stall';

/**
 * A TCP proxy that does what links do: carry, break, fall silent, and come back. Connections that stalled do not recover:
 * their bytes are gone, as on a radio link whose other end forgot them.
 */
export class FlakyLink implements AsyncDisposable {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #state: LinkState = 'up';

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    server.on('connection', (near) => this.#accept(near));
  }

  /** @param targetPort what it leads to, on 127.0.0.1 */
  static async open(targetPort: number): Promise<FlakyLink> {
    const server = createServer();
    const link = new FlakyLink(server, targetPort);
    server.listen({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    return link;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
    return address.port;
  }

  /** Resets every connection, and each new one at once. */
  cut(): void {
    this.#state = 'cut';
    this.#resetAll();
  }

  /** Everything stays connected, new connections are taken, and nothing passes. */
  stall(): void {
    this.#state = 'stall';
    for (const [near, far] of this.#pairs) silence(near, far);
  }

  /** Resets every connection; new ones work. */
  reset(): void {
    this.#resetAll();
  }

  /** New connections work; what stalled is reset. */
  restore(): void {
    if (this.#state === 'stall') this.#resetAll();
    this.#state = 'up';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resetAll();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(near: Socket): void {
    near.on('error', () => {});
    if (this.#state === 'cut') {
      near.resetAndDestroy();
      return;
    }
    const far = dial({ port: this.#targetPort, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    far.on('error', () => near.destroy());
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    near.once('close', () => {
      this.#pairs.delete(pair);
      far.destroy();
    });
    far.once('close', () => near.destroy());
    near.pipe(far).pipe(near);
    if (this.#state === 'stall') silence(near, far);
  }

  #resetAll(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }
}

function silence(near: Socket, far: Socket): void {
  near.unpipe(far);
  far.unpipe(near);
  near.pause();
  far.pause();
}
