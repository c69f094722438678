import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import type { Message, Place, QoS } from '#gateway/model/message.ts';
import { Fifo } from './fifo.ts';
import { GUARANTEED_QUEUE_BYTES, QueueBudget } from './queue-budget.ts';

/** What one queue may hold; see {@link BrokerLimits}. */
export type OutgoingLimits = Pick<
  BrokerLimits,
  'maxInflight' | 'maxQueuedMessages' | 'maxQueuedBytes' | 'maxQueuedAgeHours'
>;

/** A message on its way to one session. The message itself is shared by all sessions that it goes to. */
export interface OutgoingEntry {
  /** Order within the session: grows by one with each entry, and is never given again. */
  readonly number: number;
  message: Message;
  /** Where the journal keeps it, if it does. */
  readonly place: Place | undefined;
  /** What it is sent with. 0 only while the connection lasts, behind others that wait. */
  readonly qos: QoS;
  /** Sent with RETAIN set: it was retained when the session subscribed [MQTT-3.3.1-8]. */
  readonly isRetained: boolean;
  /** On the monotonic clock. */
  readonly queuedMs: number;
  /** From `sent` on, with QoS 1 and 2. */
  packetId: number | undefined;
  /** `sent`: PUBLISH left, or is about to; `released`: PUBREC came, PUBREL is what is sent again. */
  phase: 'queued' | 'sent' | 'released';
  /** May have been sent before: DUP is set the next time [MQTT-3.3.1-1]. */
  isDuplicate: boolean;
}

/** What an entry begins as. */
export type NewEntry = Pick<OutgoingEntry, 'message' | 'place' | 'qos' | 'isRetained' | 'queuedMs'>;

/** What a message costs in memory beside its payload and its topic, roughly. */
export const MESSAGE_OVERHEAD_BYTES = 256;

/**
 * What one session is still to be given: one queue in the order of delivery, whether its client is there or not.
 *
 * Its front is the window of what was sent and is not acknowledged yet, at most `maxInflight`, each with a packet id of its own
 * that it keeps over reconnects [MQTT-4.4.0-1]. Every step takes constant time.
 */
export class OutgoingQueue {
  readonly #limits: OutgoingLimits;
  /** Shared with all other queues. */
  readonly #budget: QueueBudget;
  /** In the order sent, which is that of their numbers. */
  readonly #inflight = new Map<number, OutgoingEntry>();
  /** Those in flight that the present connection has not been given yet, PUBREL first. */
  #resend = new Fifo<OutgoingEntry>();
  #waiting = new Fifo<OutgoingEntry>();
  #sizeBytes = 0;
  #isOver = false;
  #nextNumber = 0;
  #lastPacketId = 0;

  constructor(limits: OutgoingLimits, budget: QueueBudget = new QueueBudget(Number.POSITIVE_INFINITY)) {
    this.#limits = limits;
    this.#budget = budget;
  }

  /** All entries, in flight or waiting. */
  get length(): number {
    return this.#inflight.size + this.#waiting.length;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get inflightCount(): number {
    return this.#inflight.size;
  }

  /** What the connection has not been given yet. */
  get waitingCount(): number {
    return this.#waiting.length + this.#resend.length;
  }

  /** Whether what can wait elsewhere should. */
  get isHalfFull(): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    return 2 * this.length >= maxQueuedMessages || 2 * this.#sizeBytes >= maxQueuedBytes;
  }

  /** Whether what is added now is taken next, into the window. */
  get isReady(): boolean {
    return this.waitingCount === 0 && this.#inflight.size < this.#limits.maxInflight;
  }

  /** In order. */
  *[Symbol.iterator](): Generator<OutgoingEntry> {
    yield* this.#inflight.values();
    yield* this.#waiting;
  }

  /** Asked before a message is copied to be kept: a flood would copy for nothing. */
  hasRoomFor(message: Message): boolean {
    if (this.#isOver || !this.isWithinOwnBounds(message)) return false;
    const sizeBytes = sizeOf(message);
    const isGuaranteed = this.length === 0 || this.#sizeBytes + sizeBytes <= GUARANTEED_QUEUE_BYTES;
    return isGuaranteed || this.#budget.hasRoomFor(sizeBytes);
  }

  /** Whether it would have room, if the others held nothing. */
  isWithinOwnBounds(message: Message): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    return this.length < maxQueuedMessages && this.#sizeBytes + sizeOf(message) <= maxQueuedBytes;
  }

  /** The one that has waited longest; undefined when nothing does. */
  get oldest(): OutgoingEntry | undefined {
    for (const entry of this) return entry;
    return undefined;
  }

  /** Forgets everything, and takes nothing more: the session is over. */
  end(): void {
    this.#isOver = true;
    this.#resize(-this.#sizeBytes);
    this.#inflight.clear();
    this.#resend = new Fifo();
    this.#waiting = new Fifo();
  }

  /** @returns undefined when the queue is full */
  add(added: NewEntry): OutgoingEntry | undefined {
    if (!this.hasRoomFor(added.message)) return undefined;
    const sizeBytes = sizeOf(added.message);
    const entry: OutgoingEntry = {
      number: this.#nextNumber++,
      message: added.message,
      place: added.place,
      qos: added.qos,
      isRetained: added.isRetained,
      queuedMs: added.queuedMs,
      packetId: undefined,
      phase: 'queued',
      isDuplicate: false,
    };
    this.#resize(sizeBytes);
    this.#waiting.push(entry);
    return entry;
  }

  /** Puts back what was kept over a restart; in the order of their numbers, before anything is added. */
  restore(entry: OutgoingEntry): void {
    this.#nextNumber = Math.max(this.#nextNumber, entry.number + 1);
    this.#resize(sizeOf(entry.message));
    if (entry.packetId === undefined) {
      this.#waiting.push(entry);
      return;
    }
    this.#lastPacketId = entry.packetId;
    // It may have been sent before the restart.
    entry.isDuplicate = true;
    this.#inflight.set(entry.packetId, entry);
  }

  /**
   * The next entry to give to the connection: first what was in flight on the one before, then what there is room for in the
   * window. With QoS 1 and 2 it is in flight from now on and has its packet id; its phase is still the one before.
   */
  take(): OutgoingEntry | undefined {
    for (let entry = this.#resend.shift(); entry !== undefined; entry = this.#resend.shift()) {
      if (entry.packetId !== undefined && this.#inflight.get(entry.packetId) === entry) return entry;
    }
    const entry = this.#waiting.peek();
    if (entry === undefined || (entry.qos > 0 && this.#inflight.size >= this.#limits.maxInflight)) return undefined;
    this.#waiting.shift();
    if (entry.qos === 0) {
      this.#resize(-sizeOf(entry.message));
      return entry;
    }
    entry.packetId = this.#freePacketId();
    this.#inflight.set(entry.packetId, entry);
    return entry;
  }

  /** The oldest that waits, when it has waited for too long, or for longer than its publisher wants it [MQTT 5.0, 3.3.2-5]; it is gone then. */
  takeExpired(nowMs: number): OutgoingEntry | undefined {
    const entry = this.#waiting.peek();
    if (entry === undefined) return undefined;
    const { expirySeconds = Number.POSITIVE_INFINITY } = entry.message;
    const maxAgeMs = Math.min(this.#limits.maxQueuedAgeHours * MS_PER_HOUR, expirySeconds * 1000);
    if (nowMs - entry.queuedMs <= maxAgeMs) return undefined;
    this.#waiting.shift();
    this.#resize(-sizeOf(entry.message));
    return entry;
  }

  /** PUBREC came [MQTT-4.3.3-1]. @returns undefined when no QoS 2 message waits for it */
  release(packetId: number): OutgoingEntry | undefined {
    const entry = this.#inflight.get(packetId);
    if (entry?.qos !== 2) return undefined;
    entry.phase = 'released';
    return entry;
  }

  /** PUBACK or PUBCOMP came. @returns undefined when no message waits for that very answer [MQTT-4.3.2-1, MQTT-4.3.3-1] */
  acknowledge(packetId: number, qos: 1 | 2): OutgoingEntry | undefined {
    const entry = this.#inflight.get(packetId);
    const isDue = entry?.qos === qos && (qos === 1 || entry.phase === 'released');
    return isDue ? this.remove(packetId) : undefined;
  }

  /**
   * The entry is not to be sent after all.
   *
   * @returns undefined when nothing with that packet id is in flight
   */
  remove(packetId: number): OutgoingEntry | undefined {
    const entry = this.#inflight.get(packetId);
    if (entry === undefined) return undefined;
    this.#inflight.delete(packetId);
    this.#resize(-sizeOf(entry.message));
    return entry;
  }

  /** The connection is gone: QoS 0 ends with it, and what is in flight is sent again on the next. */
  disconnected(): void {
    // They may stay for long now: each gets memory of its own.
    for (const entry of this.#inflight.values()) entry.message = withOwnPayload(entry.message);
    this.#planResend();
    const waiting = new Fifo<OutgoingEntry>();
    for (const entry of this.#waiting) {
      if (entry.qos > 0) waiting.push(entry);
      else this.#resize(-sizeOf(entry.message));
    }
    this.#waiting = waiting;
  }

  #resize(sizeBytes: number): void {
    this.#sizeBytes += sizeBytes;
    this.#budget.charge(sizeBytes);
  }

  /** PUBREL first, then PUBLISH, each in the order sent before [MQTT-4.4.0-1, MQTT-4.6.0-1]. */
  #planResend(): void {
    this.#resend = new Fifo();
    for (const entry of this.#inflight.values()) if (entry.phase === 'released') this.#resend.push(entry);
    for (const entry of this.#inflight.values()) if (entry.phase !== 'released') this.#resend.push(entry);
  }

  #freePacketId(): number {
    do this.#lastPacketId = (this.#lastPacketId % MAX_PACKET_ID) + 1;
    while (this.#inflight.has(this.#lastPacketId));
    return this.#lastPacketId;
  }
}

const MAX_PACKET_ID = 65_535;
const MS_PER_HOUR = 3_600_000;

function sizeOf({ topic, payload }: Message): number {
  return MESSAGE_OVERHEAD_BYTES + topic.length + payload.length;
}

/** In memory that is shared with nothing, so that whoever keeps it keeps no more than its bytes. */
export function copyOfPayload({ payload }: Message): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(payload.length);
  copy.set(payload);
  return copy;
}

function withOwnPayload(message: Message): Message {
  const isOwn = message.payload.buffer.byteLength === message.payload.length;
  return isOwn ? message : { ...message, payload: copyOfPayload(message) };
}
