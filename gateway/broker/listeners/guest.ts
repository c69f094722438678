import type { Socket } from 'node:net';
import type { Newcomer, PendingLogins } from '#gateway/broker/pending-logins.ts';
import type { RefusalReason, Refusals } from '#gateway/broker/refusals.ts';
import type { DisconnectReason } from '#gateway/broker/seen/disconnect-reason.ts';
import type { ListenerType } from './listener-options.ts';

/** What a {@link Guest} needs. */
export interface GuestContext {
  readonly pendingLogins: PendingLogins;
  readonly refusals: Refusals;
  /** A connection ends before it has arrived. */
  readonly onTurnedAway: (reason: DisconnectReason) => void;
}

/** One connection from the moment it was accepted to its login: through a PROXY header, TLS and WebSocket it is the same guest. */
export class Guest implements Newcomer {
  readonly socket: Socket;
  /** The peer's, until a trusted proxy says whom it speaks for. */
  remoteAddress: string;
  readonly listener: string;
  readonly #context: GuestContext;
  #isPending = true;
  /** Set once it has arrived. */
  #close: Newcomer['close'] | undefined;

  /** @param type of the listener that it came to */
  constructor(socket: Socket, type: ListenerType, context: GuestContext) {
    this.socket = socket;
    // Kept, because a socket forgets its port when it closes.
    this.listener = `${type} ${socket.localPort}`;
    this.remoteAddress = socket.remoteAddress ?? 'unknown';
    this.#context = context;
  }

  get isPending(): boolean {
    return this.#isPending;
  }

  /** It has arrived: from now on it is closed by whoever has it. */
  handTo(close: Newcomer['close']): void {
    this.#close = close;
  }

  /** It is logged in. */
  admit(): void {
    this.#isPending = false;
    this.#context.pendingLogins.remove(this);
  }

  /** Closes it for a reason that has been noted. */
  close(reason: DisconnectReason, text?: string): void {
    if (this.#close !== undefined) this.#close(reason, text);
    else this.#context.onTurnedAway(reason);
    this.socket.destroy();
  }

  /** Notes why, and closes. */
  refuse(reason: RefusalReason, text: string): void {
    this.note(reason, text);
    this.socket.destroy();
  }

  /** Notes why it is about to be closed. */
  note(reason: RefusalReason, text: string): void {
    const said = `closed a connection: ${text}`;
    const { listener, remoteAddress: client } = this;
    this.#context.refusals.note({ reason, client, detail: text, text: said }, { listener });
    if (this.#close !== undefined) this.#close(reason, said);
    else this.#context.onTurnedAway(reason);
  }

  once(event: 'close', listener: () => void): void {
    this.socket.once(event, listener);
  }
}
