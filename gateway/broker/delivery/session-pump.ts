import type { StateRecorder } from '#gateway/broker/durable/state-recorder.ts';
import { failureReason } from '#gateway/broker/failure-reason.ts';
import type { Refusals } from '#gateway/broker/refusals.ts';
import type { OutgoingEntry } from '#gateway/broker/sessions/outgoing-queue.ts';
import type { Session, SessionConnection } from '#gateway/broker/sessions/session.ts';
import type { WaystationError } from '#gateway/model/errors.ts';
import type { Message, Place, QoS } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { encodePublish, encodePubrel } from './encode-publish.ts';
import { QueueDrops } from './queue-drops.ts';

/** What {@link SessionPump} needs. */
export interface SessionPumpOptions {
  readonly recorder: StateRecorder;
  readonly refusals: Refusals;
  readonly clock: Clock;
}

/** A message for one subscriber or many. */
export interface Given {
  readonly message: Message;
  readonly place: Place | undefined;
  readonly isRetained: boolean;
  /** The message, with a payload that may be kept. */
  own(): Message;
  /** The message, with a payload that may be kept for a short time. */
  passing(): Message;
  /** As a packet of QoS 0, the same for all. */
  packet(): Uint8Array;
}

/**
 * Moves messages into the queue of a session, and out of it through the window to the connection.
 *
 * A PUBLISH of QoS 2 leaves when its packet id is durable, and what stands behind it waits for it.
 */
export class SessionPump {
  readonly #recorder: StateRecorder;
  readonly #refusals: Refusals;
  readonly #clock: Clock;
  readonly #drops: QueueDrops;
  /** Entries of these sessions wait for the disk. */
  readonly #unsettled = new Map<Session, number>();

  constructor({ recorder, refusals, clock }: SessionPumpOptions) {
    this.#recorder = recorder;
    this.#refusals = refusals;
    this.#clock = clock;
    this.#drops = new QueueDrops({ refusals, clock });
  }

  /** @returns whether it was queued with QoS 1 or 2 */
  give(session: Session, given: Given, qos: QoS): boolean {
    const { connection, outgoing } = session;
    if (qos === 0) {
      if (connection === undefined) return false;
      if (outgoing.waitingCount === 0 && connection.hasRoom && !this.#unsettled.has(session)) {
        connection.send(given.packet());
        return false;
      }
    }
    const queuedMs = this.#clock.monotonicMs();
    this.#expire(session, queuedMs);
    if (!outgoing.hasRoomFor(given.message)) {
      this.#drops.add(session, outgoing.isWithinOwnBounds(given.message) ? ALL_FULL : QUEUE_FULL);
      return false;
    }
    const entry = outgoing.add({
      // What leaves at once is acknowledged soon, unless much of what left before is not.
      message:
        connection?.hasRoom && outgoing.isReady && outgoing.inflightCount < MAX_PASSING ? given.passing() : given.own(),
      place: given.place,
      qos,
      isRetained: given.isRetained,
      queuedMs,
    });
    if (entry === undefined) return false;
    if (session.isPersistent && qos > 0) this.#recorder.queued(session, entry);
    if (connection !== undefined) this.run(session);
    return qos > 0;
  }

  /** Sends as long as there is room in the window and on the connection; first again what a former connection was given. */
  run(session: Session): void {
    const { outgoing, rights } = session;
    const nowMs = this.#clock.monotonicMs();
    this.#expire(session, nowMs);
    while (session.connection?.hasRoom) {
      const entry = outgoing.take();
      if (entry === undefined) return;
      if (entry.phase !== 'released' && rights?.mayReceive(entry.message.topic) === false) {
        this.#drop(session, entry);
        continue;
      }
      if (entry.phase === 'queued') {
        entry.phase = 'sent';
        if (entry.qos === 2 && session.isPersistent) this.#recorder.queued(session, entry);
      }
      this.#send(session, entry);
      // What stands behind it may be wanted for a shorter time.
      this.#expire(session, nowMs);
    }
  }

  #send(session: Session, entry: OutgoingEntry): void {
    const { connection } = session;
    if (connection === undefined) return;
    const mustSettle = session.isPersistent && (entry.qos === 2 || this.#unsettled.has(session));
    if (!mustSettle) {
      write(connection, entry);
      return;
    }
    this.#unsettled.set(session, (this.#unsettled.get(session) ?? 0) + 1);
    this.#recorder.settle((error) => {
      this.#settled(session);
      // The next connection sends it again.
      if (session.connection !== connection) return;
      if (error === undefined) write(connection, entry);
      else this.#fail(session, error);
    });
  }

  #settled(session: Session): void {
    const count = (this.#unsettled.get(session) ?? 0) - 1;
    if (count > 0) this.#unsettled.set(session, count);
    else this.#unsettled.delete(session);
  }

  /** It is in flight without having been sent; the next connection sends it. */
  #fail(session: Session, error: WaystationError): void {
    const reason = failureReason(error);
    const text = `closed a connection: ${error.message}`;
    this.#refusals.note({ reason, client: session.clientId, code: error.code, text });
    session.holder?.close(reason, text);
  }

  #drop(session: Session, entry: OutgoingEntry): void {
    if (entry.packetId === undefined) return;
    session.outgoing.remove(entry.packetId);
    if (session.isPersistent) this.#recorder.dequeued(session, entry);
  }

  #expire(session: Session, nowMs: number): void {
    for (let entry = session.outgoing.takeExpired(nowMs); entry; entry = session.outgoing.takeExpired(nowMs)) {
      if (session.isPersistent && entry.qos > 0) this.#recorder.dequeued(session, entry);
      this.#refusals.note({ reason: 'queueExpired', client: session.clientId, text: TOO_OLD });
    }
  }
}

/** Messages of one session whose payload shares memory: each may keep `Buffer.poolSize` bytes from being freed. */
export const MAX_PASSING = 64;

const QUEUE_FULL = 'dropped a message: the queue of the session is full';
const ALL_FULL =
  'dropped a message: the queues of all sessions together are full (broker.limits.maxQueuedTotalBytes); `waystation clients sessions` shows whose they are';
const TOO_OLD = 'dropped a message: it waited for too long in the queue of the session';

function write(connection: SessionConnection, entry: OutgoingEntry): void {
  const { message, qos, isRetained, isDuplicate, packetId } = entry;
  if (entry.phase === 'released' && packetId !== undefined) {
    connection.send(encodePubrel(packetId));
    return;
  }
  connection.send(encodePublish(message.topic, message.payload, { qos, isRetained, isDuplicate, packetId }));
  entry.isDuplicate = true;
}
