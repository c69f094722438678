import { type AgentOptions, type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Link } from './link.ts';

/** What an agent is made of, beside what Node's own agents take. */
export interface MeteredAgentOptions extends AgentOptions {
  readonly isSecure: boolean;
  readonly link: Link;
}

/** After which an attempt to connect is given up. */
const CONNECT_TIMEOUT_MS = 10_000;

type Opened = (error: Error | null, socket: Duplex) => void;

/** Makes the agent of an HTTP target: every connection that it opens is counted by the link, from the first byte of its handshake. */
export function openMeteredAgent({ isSecure, link, ...options }: MeteredAgentOptions): HttpAgent {
  const agent: HttpAgent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  const dialer = new Dialer(link);
  const own = { connect: agent.createConnection.bind(agent), destroy: agent.destroy.bind(agent) };
  agent.createConnection = (request, opened = NOBODY) => {
    dialer.dial(request, opened, (socket) => {
      // Node's types do not know that a connection may be made over a socket that is there, which its TLS takes as any other option.
      const connected = isSecure ? own.connect({ ...request, socket } as ClientRequestArgs) : socket;
      if (connected) opened(null, connected);
    });
    return undefined;
  };
  agent.destroy = () => {
    dialer.giveUp();
    own.destroy();
  };
  return agent;
}

const NOBODY: Opened = () => {};

/** Opens sockets, and knows those that are not open yet: Node's agents do not, and would leave them behind. */
class Dialer {
  readonly #link: Link;
  readonly #dialing = new Set<Socket>();

  constructor(link: Link) {
    this.#link = link;
  }

  dial({ host, port }: ClientRequestArgs, failed: Opened, connected: (socket: Socket) => void): void {
    const socket = connect({
      host: host ?? 'localhost',
      port: Number(port),
      noDelay: true,
    } satisfies TcpNetConnectOpts);
    this.#link.meter(socket);
    this.#dialing.add(socket);
    const fail = (error: Error) => failed(error, socket);
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => {
      socket.destroy(new Error(`connect to ${host}:${port}: no answer within ${CONNECT_TIMEOUT_MS} ms`));
    });
    socket.once('error', fail);
    socket.once('close', () => this.#dialing.delete(socket));
    socket.once('connect', () => {
      this.#dialing.delete(socket);
      socket.setTimeout(0).removeListener('error', fail);
      connected(socket);
    });
  }

  giveUp(): void {
    for (const socket of this.#dialing) socket.destroy(new Error('the connection is not wanted any more'));
  }
}
