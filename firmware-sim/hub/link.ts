import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { LinkMode } from '#firmware-sim/protocol.ts';

/** The radio link between gateway and hub: a TCP proxy on the loopback that can be cut. */
export interface Link extends AsyncDisposable {
  /** Where gateways connect. */
  readonly port: number;
  readonly state: 'up' | 'cut';
  /** Cutting a cut link changes its mode. */
  cut(mode: LinkMode): Promise<void>;
  /** Connections that stalled are reset: what comes back is the link, not the state at its ends. */
  restore(): Promise<void>;
}

/**
 * Listens on 127.0.0.1.
 *
 * @param port 0 for any
 * @throws Error `EADDRINUSE` when something listens there already
 */
export async function openLink(port: number, hubPort: number): Promise<Link> {
  const link = new TcpLink(hubPort);
  await link.listen(port);
  return link;
}

class TcpLink implements Link {
  readonly #hubPort: number;
  readonly #pairs = new Set<Pair>();
  #server: Server | undefined;
  #port = 0;
  #mode: LinkMode | undefined;

  constructor(hubPort: number) {
    this.#hubPort = hubPort;
  }

  get port(): number {
    return this.#port;
  }

  get state(): 'up' | 'cut' {
    return this.#mode === undefined ? 'up' : 'cut';
  }

  async listen(port: number): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    // The address of a TCP server that listens is never a string.
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async cut(mode: LinkMode): Promise<void> {
    await this.restore();
    this.#mode = mode;
    if (mode === 'stall') for (const pair of this.#pairs) stall(pair);
    else this.#resetAll();
    if (mode === 'refuse') await this.#stopListening();
  }

  async restore(): Promise<void> {
    if (this.#mode === 'stall') this.#resetAll();
    if (this.#mode === 'refuse') await this.listen(this.#port);
    this.#mode = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resetAll();
    await this.#stopListening();
  }

  #accept(gateway: Socket): void {
    if (this.#mode === 'reset') {
      gateway.resetAndDestroy();
      return;
    }
    const pair: Pair = { gateway, hub: this.#mode === 'stall' ? undefined : connect(this.#hubPort, '127.0.0.1') };
    this.#pairs.add(pair);
    for (const socket of [pair.gateway, pair.hub]) {
      // An error is followed by a close.
      socket?.on('error', () => {});
      socket?.on('close', () => this.#ended(pair));
    }
    if (pair.hub === undefined) {
      gateway.pause();
      return;
    }
    pair.hub.setNoDelay(true);
    gateway.pipe(pair.hub);
    pair.hub.pipe(gateway);
  }

  /** One end has gone. While the link is dead the other one does not hear of it. */
  #ended(pair: Pair): void {
    if (this.#mode === 'stall') return;
    reset(pair);
    this.#pairs.delete(pair);
  }

  #resetAll(): void {
    for (const pair of this.#pairs) reset(pair);
    this.#pairs.clear();
  }

  async #stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.close();
    await once(server, 'close');
  }
}

interface Pair {
  readonly gateway: Socket;
  /** Absent for a connection that began while the link was stalled. */
  readonly hub: Socket | undefined;
}

/** Neither end is read any more: what it sends fills the buffers, and there it stays. */
function stall({ gateway, hub }: Pair): void {
  if (hub === undefined) return;
  gateway.unpipe(hub).pause();
  hub.unpipe(gateway).pause();
}

function reset({ gateway, hub }: Pair): void {
  gateway.resetAndDestroy();
  hub?.resetAndDestroy();
}
