import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TurnQueue } from '#gateway/broker/turn-queue.ts';
import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import { isLoopback } from '#gateway/model/loopback.ts';
import type { Arrival } from './arrival.ts';
import { Guest, type GuestContext } from './guest.ts';
import { hasTls, type ListenerOptions, type ListenerType } from './listener-options.ts';
import { TrustedProxies, takeProxyHeader } from './take-proxy-header.ts';
import { TlsDoor } from './tls-door.ts';
import type { TlsMaterial } from './tls-material.ts';
import { WebSocketDoor } from './web-socket-door.ts';

/** What an entrance shares with the others. */
export interface EntranceContext extends GuestContext {
  readonly limits: Pick<BrokerLimits, 'maxConnectBytes' | 'maxPacketBytes'>;
  readonly onArrival: (arrival: Arrival) => void;
  /** What logins must share with one another: a TLS handshake above all. */
  readonly turns: TurnQueue;
}

/**
 * The way in of one listener: each connection goes through the doors that the configuration puts up, a PROXY header, TLS,
 * WebSocket, in this order, and arrives as MQTT. All the way it counts as a pending login.
 */
export class Entrance implements Disposable {
  readonly #context: EntranceContext;
  readonly #type: ListenerType;
  readonly #isLocal: boolean;
  readonly #proxies: TrustedProxies | undefined;
  readonly #tls: TlsDoor | undefined;
  readonly #webSocket: WebSocketDoor | undefined;
  /** On their way in. */
  readonly #guests = new Set<Socket>();

  constructor(options: ListenerOptions, context: EntranceContext) {
    const { host, origins = [], trustedProxies, type } = options;
    const { maxConnectBytes, maxPacketBytes } = context.limits;
    this.#context = context;
    this.#type = type;
    this.#isLocal = isLoopback(host) && trustedProxies === undefined;
    this.#proxies = trustedProxies === undefined ? undefined : new TrustedProxies(trustedProxies);
    this.#tls = hasTls(options) ? new TlsDoor(options.clientCa !== undefined) : undefined;
    const maxMessageBytes = PACKETS_PER_MESSAGE * maxPacketBytes;
    const isWeb = type === 'ws' || type === 'wss';
    this.#webSocket = isWeb ? new WebSocketDoor({ origins, maxMessageBytes, maxConnectBytes }) : undefined;
  }

  /** Certificates of handshakes from now on; before the first connection, and whenever they change. */
  use(material: TlsMaterial): void {
    this.#tls?.use(material);
  }

  /** A connection was accepted. */
  welcome(socket: Socket): void {
    const { pendingLogins, turns } = this.#context;
    const guest = new Guest(socket, this.#type, this.#context);
    pendingLogins.add(guest);
    this.#guests.add(socket);
    socket.once('close', () => this.#guests.delete(socket));
    // Whoever the connection is handed to hears of its end by `close`.
    socket.on('error', () => socket.destroy());
    turns.enter(() => this.#letIn(guest));
  }

  /** Turns away whoever is on the way in. */
  [Symbol.dispose](): void {
    for (const socket of this.#guests) socket.destroy();
    this.#webSocket?.[Symbol.dispose]();
  }

  #letIn(guest: Guest): void {
    if (guest.socket.destroyed) return;
    if (this.#proxies !== undefined) this.#unwrap(guest, this.#proxies);
    else if (this.#context.pendingLogins.locate(guest)) this.#secure(guest);
  }

  #unwrap(guest: Guest, proxies: TrustedProxies): void {
    if (!proxies.has(guest.remoteAddress)) {
      guest.refuse('untrustedProxy', 'it is none of trustedProxies');
      return;
    }
    takeProxyHeader(guest.socket, (header) => {
      if (header.state === 'rejected') {
        guest.refuse('badProxyHeader', header.reason);
        return;
      }
      guest.remoteAddress = header.address ?? guest.remoteAddress;
      if (this.#context.pendingLogins.locate(guest)) this.#secure(guest);
    });
  }

  #secure(guest: Guest): void {
    if (this.#tls === undefined) {
      this.#upgrade(guest, guest.socket);
      return;
    }
    this.#tls.enter(guest.socket, {
      onRefused: (reason, text) => guest.note(reason, text),
      onSecure: (stream, certificateUser) => {
        stream.on('error', () => stream.destroy());
        this.#upgrade(guest, stream, certificateUser);
      },
    });
  }

  #upgrade(guest: Guest, stream: Duplex, certificateUser?: string): void {
    if (this.#webSocket === undefined) {
      this.#handOver(guest, stream, certificateUser);
      return;
    }
    this.#webSocket.enter(stream, {
      isPending: () => guest.isPending,
      onRefused: (reason, text) => guest.note(reason, text),
      onStream: (carried) => this.#handOver(guest, carried, certificateUser),
    });
  }

  #handOver(guest: Guest, stream: Duplex, certificateUser?: string): void {
    this.#guests.delete(guest.socket);
    const isLocal = this.#isLocal;
    const { listener } = guest;
    const known = certificateUser === undefined ? {} : { certificateUser };
    this.#context.onArrival({ listener, stream, guest, address: guest.remoteAddress, isLocal, ...known });
  }
}

/** A WebSocket message may hold several packets. */
const PACKETS_PER_MESSAGE = 2;
