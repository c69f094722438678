import { Duplex } from 'node:stream';
import type { Clock } from '#gateway/runtime/clock.ts';
import { packetFault } from './packet-fault.ts';
import { type FramingRejection, isPublish, PacketFramer } from './packet-framer.ts';
import type { PublishThrottle } from './publish-throttle.ts';
import type { ReceiveThrottle } from './receive-throttle.ts';
import type { DisconnectReason } from './seen/disconnect-reason.ts';
import { SocketWriter } from './socket-writer.ts';
import type { TurnQueue } from './turn-queue.ts';

/** Why a connection was closed: by what came in before Aedes saw it, or by what could not go out. */
export type GuardRefusal = FramingRejection | 'notMqtt' | 'connectTooLarge' | 'slowReader';

/** What {@link guardConnection} needs. */
export interface GuardOptions {
  /** The peer's address, without its port. */
  readonly remoteAddress: string;
  /** What the peer may make the gateway hold before it has logged in [B5]. */
  readonly maxConnectBytes: number;
  readonly maxPacketBytes: number;
  /** What may wait for a peer that does not read; two of the largest packets at least. */
  readonly maxUnsentBytes: number;
  /** How long the peer may take nothing of what waits for it. */
  readonly drainTimeoutMs: number;
  /** Called once, just before the connection is closed. */
  readonly onRefused: (reason: GuardRefusal) => void;
  /** How fast the client is read once it is logged in. */
  readonly receiveThrottle?: ReceiveThrottle;
  /** Called when reading has to wait for the throttle that did not wait in the second before. */
  readonly onHeldBack?: () => void;
  /** What its login and its end must share with those of others. */
  readonly turns: TurnQueue;
  readonly clock: Clock;
}

/** Why a connection ended. */
export interface Ending {
  readonly reason: DisconnectReason;
  /** What there is to say beside it. */
  readonly text?: string;
}

/** Puts a guard between a socket, or whatever carries MQTT in its place, and Aedes. */
export function guardConnection(socket: Duplex, options: GuardOptions): GuardedConnection {
  const connection = new GuardedConnection(socket, options);
  socket.on('data', (chunk: Buffer) => connection.receive(chunk));
  const { turns } = options;
  socket.on('end', () => turns.enter(() => connection.endReading()));
  socket.on('error', (error) => turns.enter(() => connection.fail(error)));
  socket.on('close', () => turns.enter(() => connection.leave()));
  return connection;
}

/**
 * The stream that Aedes reads and writes instead of the socket: the one place where bytes come in and packets go out.
 *
 * In: whole and sound packets of bounded size only. Until {@link GuardedConnection.admit} Aedes gets the CONNECT packet and nothing
 * more, so what a client sends behind it can neither overtake it nor pile up.
 *
 * Where the account has a rate, publishes beyond it are not passed on and the socket is not read: what waits is one chunk, and
 * the rest is the client's.
 *
 * Out: one write per turn of the event loop, which turns hundreds of system calls into one, see {@link SocketWriter}. A peer
 * that takes nothing for the drain timeout, or lets too much pile up, is disconnected [B4].
 */
export class GuardedConnection extends Duplex {
  readonly #socket: Duplex;
  readonly #options: GuardOptions;
  #framer: PacketFramer;
  #phase: 'connecting' | 'holding' | 'open' = 'connecting';
  #receivedBytes = 0;
  /** The CONNECT packet, until it is its turn. */
  #connect: Buffer | undefined;
  #held: Buffer = EMPTY;
  #throttle: PublishThrottle | undefined;
  /** Packets behind a publish that must wait for the throttle, that one first. */
  readonly #throttled: Buffer[] = [];
  /** What came behind the publishes that the client may send now. */
  #heldBack: Buffer = EMPTY;
  #heldBackUntilMs = Number.NEGATIVE_INFINITY;
  /** Whether Aedes takes more. */
  #isWanted = true;
  /** The peer sends no more. */
  #hasEnded = false;
  #ending: Ending | undefined;
  #receivedPublishCount = 0;
  #sentPublishCount = 0;
  readonly #writer: SocketWriter;
  readonly #maxUnsentBytes: number;

  constructor(socket: Duplex, options: GuardOptions) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#options = options;
    this.#writer = new SocketWriter(socket, {
      ...options,
      onStalled: () => this.#refuse('slowReader'),
      // Not only when nothing waits: whoever is written to without a pause would wait for that for ever.
      onTaken: () => {
        if (this.hasRoom) this.emit('drain');
      },
    });
    this.#maxUnsentBytes = Math.max(options.maxUnsentBytes, 2 * options.maxPacketBytes);
    this.#framer = new PacketFramer(Math.min(options.maxConnectBytes, options.maxPacketBytes), packetFault);
  }

  /** Why it ended, or is about to; undefined while nothing speaks of an end. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** What has gone over it so far. */
  get traffic(): Traffic {
    return {
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#writer.sentBytes,
      receivedPublishCount: this.#receivedPublishCount,
      sentPublishCount: this.#sentPublishCount,
    };
  }

  /** Says why it is about to end; what was said first counts, since the rest follows from it. */
  noteEnding(reason: DisconnectReason, text?: string): void {
    this.#ending ??= text === undefined ? { reason } : { reason, text };
  }

  /** Closes it at once. */
  close(reason: DisconnectReason, text?: string): void {
    this.noteEnding(reason, text);
    this.destroy();
  }

  /** The peer's address, without its port. */
  get remoteAddress(): string {
    return this.#options.remoteAddress;
  }

  /**
   * The client is logged in: what it sent behind its CONNECT follows now, and the limit is that of the configuration.
   *
   * @param throttle of its account, if it has one
   */
  admit(throttle?: PublishThrottle): void {
    if (this.#phase !== 'holding' || this.destroyed) return;
    this.#phase = 'open';
    this.#throttle = throttle;
    this.#framer = new PacketFramer(this.#options.maxPacketBytes, packetFault);
    const held = this.#held;
    this.#held = EMPTY;
    this.#socket.resume();
    this.#take(held);
    this.#passEnd();
  }

  /** Takes no more packets; what is under way is still answered. */
  stopReading(): void {
    this.#phase = 'holding';
    this.#socket.pause();
  }

  /** The peer sends no more. What it has sent still counts, a DISCONNECT at the end of it above all [MQTT-3.14.4-3]. */
  endReading(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#passEnd();
  }

  /** The socket is broken. Where the peer had sent all that it wanted to, it is missed by our answers only. */
  fail(error: Error): void {
    if (this.#hasEnded && this.#isHolding) return;
    if (this.#hasEnded) this.noteEnding('peerClosed');
    this.noteEnding('networkError', error.message);
    this.destroy(error);
  }

  /** The socket is closed. */
  leave(): void {
    if (!(this.#hasEnded && this.#isHolding)) this.destroy();
  }

  /** The end follows what was sent before it. */
  #passEnd(): void {
    // Why it ended is said later: there may be a DISCONNECT that Aedes has not read.
    if (this.#hasEnded && !this.#isHolding && !this.destroyed) this.push(null);
  }

  /** Whether packets wait that Aedes has not got yet. */
  get #isHolding(): boolean {
    const isHeld = this.#held.length > 0 || this.#throttled.length > 0 || this.#heldBack.length > 0;
    return isHeld || this.#connect !== undefined;
  }

  /** A chunk from the socket. */
  receive(chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    this.#take(chunk);
  }

  #take(chunk: Buffer): void {
    if (this.destroyed || chunk.length === 0) return;
    const reason = this.#phase === 'connecting' ? this.#takeConnect(chunk) : this.#takePackets(chunk);
    if (reason !== undefined) this.#refuse(reason);
  }

  #refuse(reason: GuardRefusal): void {
    this.noteEnding(reason);
    this.#options.onRefused(reason);
    if (reason !== 'unsupportedProtocol') return void this.destroy();
    this.stopReading();
    this.#socket.end(UNACCEPTABLE_LEVEL, () => this.destroy());
  }

  #takeConnect(chunk: Buffer): GuardRefusal | undefined {
    if (this.#receivedBytes === chunk.length && chunk[0] !== CONNECT) return 'notMqtt';
    if (this.#receivedBytes > this.#options.maxConnectBytes) return 'connectTooLarge';
    const framed = this.#framer.push(chunk, 1);
    if (!framed.isFramed) return framed.reason;
    const [connect] = framed.whole;
    if (connect === undefined) return undefined;
    this.#phase = 'holding';
    this.#held = framed.rest;
    this.#socket.pause();
    this.#connect = connect;
    this.#options.turns.enter(() => this.#passConnect(connect));
    return undefined;
  }

  #passConnect(connect: Buffer): void {
    this.#connect = undefined;
    if (this.destroyed) return;
    this.push(connect);
    this.#passEnd();
  }

  #takePackets(chunk: Buffer): GuardRefusal | undefined {
    if (this.#throttle !== undefined) return this.#takeThrottled(chunk, this.#throttle);
    const { receiveThrottle } = this.#options;
    this.#isWanted = true;
    let turnLimit = MAX_PUBLISHES_A_TURN;
    for (let rest = chunk; rest.length > 0; ) {
      const allowance = receiveThrottle?.allowance() ?? Number.POSITIVE_INFINITY;
      if (allowance === 0) {
        this.#holdBack(rest, receiveThrottle?.waitMs ?? 0);
        return undefined;
      }
      if (turnLimit === 0) {
        this.#yieldTurn(rest);
        return undefined;
      }
      const framed = this.#framer.push(rest, Math.min(allowance, turnLimit));
      if (!framed.isFramed) return framed.reason;
      receiveThrottle?.charge(framed.publishCount, rest.length - framed.rest.length);
      this.#receivedPublishCount += framed.publishCount;
      turnLimit -= Math.min(turnLimit, framed.publishCount);
      for (const packets of framed.whole) this.#isWanted = this.push(packets);
      rest = framed.rest;
    }
    if (!this.#isWanted) this.#socket.pause();
    return undefined;
  }

  /** Nothing more is read until the throttle lets a publish pass. */
  #holdBack(rest: Buffer, waitMs: number): void {
    const { clock, onHeldBack } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#socket.pause();
    this.#heldBack = rest;
    if (nowMs - this.#heldBackUntilMs > HOLD_PAUSE_MS) onHeldBack?.();
    this.#heldBackUntilMs = nowMs + waitMs;
    clock.schedule(waitMs, () => this.#takeHeldBack());
  }

  /** The others get their turn of the event loop, and the disk its callbacks, before the rest of a large chunk. */
  #yieldTurn(rest: Buffer): void {
    this.#socket.pause();
    this.#heldBack = rest;
    setImmediate(() => this.#takeHeldBack());
  }

  #takeHeldBack(): void {
    const held = this.#heldBack;
    this.#heldBack = EMPTY;
    if (this.#phase === 'open') this.#take(held);
    this.#passEnd();
    if (this.#isReading && this.#isWanted) this.#socket.resume();
  }

  get #isReading(): boolean {
    return this.#phase === 'open' && this.#throttled.length === 0 && this.#heldBack.length === 0;
  }

  /** One packet at a time. No chunk comes while packets of the one before still wait. */
  #takeThrottled(chunk: Buffer, throttle: PublishThrottle): GuardRefusal | undefined {
    for (let rest = chunk; rest.length > 0; ) {
      const framed = this.#framer.push(rest, 1);
      if (!framed.isFramed) return framed.reason;
      this.#throttled.push(...framed.whole);
      this.#receivedPublishCount += framed.publishCount;
      rest = framed.rest;
    }
    this.#passThrottled(throttle);
    return undefined;
  }

  #passThrottled(throttle: PublishThrottle): void {
    if (this.#phase !== 'open' || this.destroyed) return;
    let hasRoom = true;
    for (let packet = this.#throttled[0]; packet !== undefined; packet = this.#throttled[0]) {
      if (isPublish(packet, 0) && !throttle.mayPass(() => this.#passThrottled(throttle)))
        return void this.#socket.pause();
      this.#throttled.shift();
      hasRoom = this.push(packet);
    }
    this.#passEnd();
    if (hasRoom) this.#socket.resume();
    else this.#socket.pause();
  }

  /** Whether something has come that Aedes has not taken yet; also while the socket is not read, since something may wait there. */
  get isUnread(): boolean {
    return this.readableLength > 0 || this.#socket.isPaused();
  }

  /** Whether the peer takes what it is sent, more or less. */
  get hasRoom(): boolean {
    return this.#writer.unsentBytes < this.#maxUnsentBytes / 2;
  }

  /** One packet of ours. */
  send(packet: Uint8Array): void {
    if (isPublish(packet, 0)) this.#sentPublishCount++;
    this.write(packet);
  }

  override _read(): void {
    this.#isWanted = true;
    if (this.#isReading) this.#socket.resume();
  }

  /** Past the buffer of the stream, which would gather and count the same bytes again. @returns whether Aedes may go on at once */
  override write(chunk: Uint8Array | string): boolean {
    if (this.destroyed) return true;
    this.#writer.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    if (this.#writer.unsentBytes > this.#maxUnsentBytes) this.#refuse('slowReader');
    return this.hasRoom;
  }

  /** mqtt-packet corks for each packet. Everything is held for the turn of the event loop anyway. */
  override cork(): void {}

  override uncork(): void {}

  override _final(done: DestroyDone): void {
    this.#writer.end(() => this.#socket.end(() => done()));
  }

  override _destroy(error: Error | null, done: DestroyDone): void {
    // An error that nobody has named yet is of Aedes: the peer did what the protocol forbids.
    if (error !== null) this.noteEnding('protocolViolation', error.message);
    this.noteEnding('peerClosed');
    this.#writer.stop();
    this.#socket.destroy();
    done(error);
  }
}

type DestroyDone = (error?: Error | null) => void;

const EMPTY = Buffer.alloc(0);

/** Publishes of one connection in one turn of the event loop: some milliseconds, of which an honest client sees a few. */
const MAX_PUBLISHES_A_TURN = 64;
const CONNECT = 0x10;
/** CONNACK with return code 1 [MQTT-3.1.2-2]. */
const UNACCEPTABLE_LEVEL = Buffer.from([0x20, 2, 0, 1]);
/** So long without waiting for the throttle, and the next wait is news. */
const HOLD_PAUSE_MS = 1000;

/** What has gone over a connection. */
export interface Traffic {
  /** Of MQTT, without what TCP, TLS and WebSocket add. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPublishCount: number;
  readonly sentPublishCount: number;
}
