import type { Client, PublishPacket } from 'aedes';
import { type ErrorCode, WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message, Place } from '#gateway/model/message.ts';
import { isTopicName, MAX_TOPIC_LEVELS } from '#gateway/model/topic-filter.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Delivery } from './delivery/delivery.ts';
import { isTooDeep } from './disguise.ts';
import type { StateRecorder } from './durable/state-recorder.ts';
import type { GuardedConnection } from './guarded-connection.ts';
import type { Account } from './identity/account.ts';
import type { TopicRights } from './identity/topic-rights.ts';
import { PublishOrder } from './publish-order.ts';
import { quote, type Refusal, type RefusalReason, type Refusals } from './refusals.ts';
import type { Session } from './sessions/session.ts';

/** How long a client whose message could not be kept is left waiting before it is disconnected, so that it does not come straight back [J7]. */
export const REFUSAL_PENALTY_MS = 1000;

/** What the intake knows of a connected client. */
export interface Login {
  readonly connection: GuardedConnection;
  /** Undefined without a login. */
  readonly account: Account | undefined;
  readonly rights: TopicRights;
  /** The will as it stands in the CONNECT packet; Aedes publishes this very object. */
  readonly will: object | undefined;
  readonly session: Session;
  /** A message of this connection could not be kept: nothing more of it is acknowledged or delivered. */
  isRefused: boolean;
}

/** What {@link Intake} needs. */
export interface IntakeOptions {
  /** The admission tap; says at once where the message will be kept, if anywhere. */
  readonly admit: (message: Message, done: Done) => Place | undefined;
  readonly delivery: Delivery;
  readonly recorder: StateRecorder;
  readonly clock: Clock;
  readonly refusals: Refusals;
}

/**
 * The way of every publish: rights, admission, delivery, then acknowledgement, in the order sent [B1, B2, B6, J7].
 *
 * Aedes writes PUBACK and PUBREC as soon as it is told that a publish is authorised. So the intake holds that permission until
 * the message is safe and delivered; what Aedes would publish after that is nothing any more.
 */
export class Intake {
  readonly #admit: IntakeOptions['admit'];
  readonly #delivery: Delivery;
  readonly #recorder: StateRecorder;
  readonly #clock: Clock;
  readonly #refusals: Refusals;
  readonly #order = new PublishOrder();
  #publishedCount = 0;

  constructor(options: IntakeOptions) {
    this.#admit = options.admit;
    this.#delivery = options.delivery;
    this.#recorder = options.recorder;
    this.#clock = options.clock;
    this.#refusals = options.refusals;
  }

  /** Messages fanned out so far. */
  get publishedCount(): number {
    return this.#publishedCount;
  }

  /** Resolves when no message waits for admission. */
  idle(): Promise<void> {
    return this.#order.idle();
  }

  /** A publish or a will of an MQTT client. `answer` is Aedes' permission to acknowledge; with an error it disconnects. */
  receive(client: Client, login: Login, packet: PublishPacket, answer: (error?: Error) => void): void {
    const isWill = packet === login.will;
    if (login.isRefused && !isWill) return;
    login.account?.noteTopic(packet.topic);
    const refused = refusalOf(packet, login, isWill);
    if (refused !== undefined) {
      this.#refuse(refused, client, login, packet, answer);
      return;
    }
    const message = messageOf(packet, client.id, isWill);
    const { inbound } = login.session;
    const inboundId = message.qos === 2 ? message.packetId : undefined;
    if (inboundId !== undefined && inbound.has(inboundId)) {
      this.#answerAgain(client, login, inboundId, answer);
      return;
    }
    if (inboundId !== undefined) inbound.set(inboundId, undefined);
    let place: Place | undefined;
    this.#order.enter(
      client.id,
      (done) => {
        place = this.#admit(message, done);
      },
      (error) => {
        if (error !== undefined && inboundId !== undefined) inbound.delete(inboundId);
        if (login.isRefused && !isWill) return;
        if (error === undefined) {
          if (inboundId !== undefined) this.#noteReceived(login.session, inboundId, place);
          this.#deliver(message, place);
          return answer();
        }
        this.#noteFailure(error, message);
        if (isWill) return answer(new RefusedError(error.message));
        if (message.qos > 0) return this.#penalise(login, error);
        answer();
      },
    );
  }

  /** A QoS 2 message that is here already: it is answered once the first is, and does not go on [MQTT-4.3.3-2]. */
  #answerAgain(client: Client, login: Login, packetId: number, answer: () => void): void {
    this.#order.enter(
      client.id,
      (done) => done(),
      () => {
        if (login.session.inbound.has(packetId)) answer();
      },
    );
  }

  #noteReceived(session: Session, packetId: number, place: Place | undefined): void {
    session.inbound.set(packetId, place);
    if (session.isPersistent) this.#recorder.received(session, packetId, place);
  }

  /** Closes the connection, or acknowledges in its turn and drops [MQTT-3.3.5-2]. */
  #refuse(
    refused: PublishRefusal,
    client: Client,
    { account, connection }: Login,
    packet: PublishPacket,
    answer: (error?: Error) => void,
  ): void {
    const { topic, qos } = packet;
    this.#refusals.note({ ...refused, client: client.id }, { user: account?.username, topic, qos });
    account?.noteRefusal(refused.text);
    if (!account?.isForgiving && !isReserved(topic)) {
      connection.noteEnding(refused.reason, refused.text);
      answer(new RefusedError(refused.text));
      return;
    }
    this.#order.enter(
      client.id,
      (done) => done(),
      () => answer(),
    );
  }

  /** A publish of a part of the gateway: no rights, the same order. */
  publish(message: Message, done: Done): void {
    if (!isTopicName(message.topic) || message.topic.startsWith('$')) {
      done(new WaystationError('broker.badMessage', `cannot publish on ${JSON.stringify(message.topic)}`));
      return;
    }
    let place: Place | undefined;
    this.#order.enter(
      message.clientId,
      (answer) => {
        place = this.#admit(message, answer);
      },
      (error) => {
        if (error === undefined) this.#deliver(message, place);
        done(error);
      },
    );
  }

  #deliver(message: Message, place: Place | undefined): void {
    this.#publishedCount++;
    this.#delivery.deliver(message, place);
  }

  /** The client keeps what was not acknowledged, and sends it again when it comes back. */
  #penalise(login: Login, error: WaystationError): void {
    login.isRefused = true;
    this.#clock.schedule(REFUSAL_PENALTY_MS, () => login.connection.close(failureReason(error), error.message));
  }

  #noteFailure(error: WaystationError, { clientId, topic, qos }: Message): void {
    this.#refusals.note(
      { reason: failureReason(error), client: clientId, code: error.code, text: error.message },
      { topic, qos },
    );
  }
}

/** Aedes disconnects a client on this; it is logged where it was decided. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/**
 * Whether nobody may use the topic to exchange messages, though publishing on it is no reason to close: other servers take it.
 * `$SYS` speaks of every client, and is nobody's to try [B6].
 */
function isReserved(topic: string): boolean {
  return isTopicName(topic) && topic.startsWith('$') && !topic.startsWith('$SYS');
}

function failureReason({ code }: WaystationError): RefusalReason {
  return FAILURE_REASONS[code] ?? 'admissionFailed';
}

const FAILURE_REASONS: Partial<Record<ErrorCode, RefusalReason>> = {
  'journal.full': 'journalFull',
  'journal.quota': 'journalFull',
  'journal.failed': 'journalFailed',
  'journal.recordTooLarge': 'packetTooLarge',
};

type PublishRefusal = Pick<Refusal, 'reason' | 'code' | 'text'>;

function refusalOf(packet: PublishPacket, { rights }: Login, isWill: boolean): PublishRefusal | undefined {
  const hasPacketId = packet.qos === 0 || isWill || (packet.messageId ?? 0) > 0;
  if (hasPacketId && rights.mayPublish(packet.topic)) return undefined;
  if (!isTopicName(packet.topic)) {
    const why = isTooDeep(packet.topic) ? `more than ${MAX_TOPIC_LEVELS} levels` : 'no valid topic';
    return refusal('badMessage', 'broker.badMessage', why, packet);
  }
  if (!hasPacketId) return refusal('badMessage', 'broker.badMessage', 'no valid packet id', packet);
  return refusal('notAuthorized', 'broker.notAuthorized', rights.whyNotPublish(packet.topic), packet);
}

function refusal(reason: RefusalReason, code: ErrorCode, why: string, packet: PublishPacket): PublishRefusal {
  return { reason, code, text: `refused a publish on ${quote(packet.topic)}: ${why}` };
}

function messageOf(packet: PublishPacket, clientId: string, isWill: boolean): Message {
  return {
    topic: packet.topic,
    payload: typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload,
    qos: packet.qos,
    isRetained: packet.retain,
    isDuplicate: packet.dup === true,
    clientId,
    ...(packet.messageId === undefined || isWill ? {} : { packetId: packet.messageId }),
  };
}
