import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { type LinkPace, LinkWay } from './link-way.ts';

/** What happens to the bytes. `stall` is the silent one: connections stay open, and nothing arrives any more. */
export type LinkState = 'up' | 'cut' | 'stall';

/** `up` leads to what the link leads to, `down` back from it. */
export type LinkDirection = 'up' | 'down';

/**
 * How a link breaks: `reset` and `close` end the connection; `halfOpen` keeps it and swallows every byte both ways, `deaf` only
 * those of the direction that was counted.
 */
export type LinkBreak = 'reset' | 'close' | 'halfOpen' | 'deaf';

/**
 * A TCP proxy that does what links do: carry, late or slowly, break at any byte, fall silent, and come back. Connections that stalled
 * do not recover: their bytes are gone, as on a radio link whose other end forgot them.
 */
export class FlakyLink implements AsyncDisposable {
  /** For what comes from now on. */
  readonly pace: LinkPace = { delayMs: 0, bytesPerSecond: Infinity };
  connectionCount = 0;
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #pairs = new Set<Pair>();
  #state: LinkState = 'up';
  #armed: ArmedBreak | undefined;
  #endedBytes = 0;

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    server.on('connection', (near) => this.#accept(near));
  }

  /** @param targetPort what it leads to, on 127.0.0.1 */
  static async open(targetPort: number): Promise<FlakyLink> {
    const server = createServer({ noDelay: true });
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

  /** Bytes of both ways that its clients have sent and were sent, attempts that failed included. */
  get carriedBytes(): number {
    return [...this.#pairs].reduce((sum, { near }) => sum + bytesOf(near), this.#endedBytes);
  }

  /** Resets every connection, and each new one at once. */
  cut(): void {
    this.#state = 'cut';
    this.#resetAll();
  }

  /** Everything stays connected, new connections are taken, and nothing passes. */
  stall(): void {
    this.#state = 'stall';
    for (const pair of this.#pairs) silence(pair);
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

  /**
   * Lets as many bytes pass in that direction, over all connections, and then breaks the one that carried the last of them: at
   * that byte, in the middle of whatever it was. Without `how` nothing breaks. Takes the place of what was armed before.
   *
   * @returns when that has happened; for `halfOpen` and `deaf` when the client has given the connection up
   */
  async after(direction: LinkDirection, byteCount: number, how?: LinkBreak): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#armed = { direction, how, leftBytes: byteCount, resolve };
    await promise;
  }

  /** Takes back what was armed, and pace and state with it. */
  calm(): void {
    this.#armed = undefined;
    this.pace.delayMs = 0;
    this.pace.bytesPerSecond = Infinity;
    this.restore();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'cut';
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
    this.connectionCount++;
    const far = dial({ port: this.#targetPort, host: '127.0.0.1', noDelay: true });
    const pair = new Pair(near, far, this.pace);
    this.#pairs.add(pair);
    far.on('error', () => {});
    near.on('data', (bytes) => this.#pass(pair, 'up', bytes));
    far.on('data', (bytes) => this.#pass(pair, 'down', bytes));
    near.once('close', () => this.#nearClosed(pair));
    far.once('close', () => this.#farClosed(pair));
    if (this.#state === 'stall') silence(pair);
  }

  #nearClosed(pair: Pair): void {
    this.#pairs.delete(pair);
    this.#endedBytes += bytesOf(pair.near);
    pair.givenUp();
    // On a silent link the far end is not told. It learns of it from the next connection of the same client, if at all.
    if (pair.silent.size < 2) pair.far.destroy();
    else pair.far.setTimeout(FORGOTTEN_MS, () => pair.far.destroy());
  }

  #farClosed(pair: Pair): void {
    // Nor is the near end.
    if (pair.silent.size < 2) pair.near.destroySoon();
  }

  #pass(pair: Pair, direction: LinkDirection, bytes: Buffer): void {
    if (pair.silent.has(direction)) return;
    const armed = this.#armed;
    if (armed?.direction !== direction || armed.leftBytes > bytes.length) {
      if (armed?.direction === direction) armed.leftBytes -= bytes.length;
      pair[direction].carry(bytes);
      return;
    }
    this.#armed = undefined;
    pair[direction].carry(armed.how === undefined ? bytes : bytes.subarray(0, armed.leftBytes));
    breakPair(pair, armed);
  }

  #resetAll(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }
}

/** How long the far end of a silent connection is left in peace once the near end is gone. */
const FORGOTTEN_MS = 2000;

interface ArmedBreak {
  readonly direction: LinkDirection;
  readonly how: LinkBreak | undefined;
  leftBytes: number;
  readonly resolve: () => void;
}

/** A connection through the link. */
class Pair {
  readonly near: Socket;
  readonly far: Socket;
  readonly up: LinkWay;
  readonly down: LinkWay;
  /** Directions whose bytes are swallowed. */
  readonly silent = new Set<LinkDirection>();
  /** Called when the near end is gone. */
  givenUp: () => void = () => {};

  constructor(near: Socket, far: Socket, pace: LinkPace) {
    this.near = near;
    this.far = far;
    this.up = new LinkWay(near, far, pace);
    this.down = new LinkWay(far, near, pace);
  }
}

function breakPair(pair: Pair, { direction, how, resolve }: ArmedBreak): void {
  const { near, far } = pair;
  switch (how) {
    case 'halfOpen':
      silence(pair);
      break;
    case 'deaf':
      pair.silent.add(direction);
      break;
    case 'reset':
      near.resetAndDestroy();
      far.resetAndDestroy();
      break;
    case 'close':
      near.destroy();
      far.destroy();
      break;
    case undefined:
      break;
  }
  if (how === 'halfOpen' || how === 'deaf') pair.givenUp = resolve;
  else resolve();
}

function silence(pair: Pair): void {
  pair.silent.add('up').add('down');
  pair.up.drop();
  pair.down.drop();
}

function bytesOf({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten;
}
