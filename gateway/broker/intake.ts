import type { Client, PublishPacket } from 'aedes';
import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import { type ErrorCode, WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message, Place } from '#gateway/model/message.ts';
import { isTopicName } from '#gateway/model/topic-filter.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { StateRecorder } from './durable/state-recorder.ts';
import { failureReason } from './failure-reason.ts';
import type { GuardedConnection } from './guarded-connection.ts';
import type { Account } from './identity/account.ts';
import type { TopicRights } from './identity/topic-rights.ts';
import { type EnginePacket, messageOf } from './persistence/stored-packet.ts';
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
  readonly will: EnginePacket | undefined;
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
  readonly limits: Pick<BrokerLimits, 'maxInboundInflight'>;
}

/**
 * The way of every publish: rights, admission, delivery, then acknowledgement, in the order sent [B1, B2, B6, J7].
 *
 * Aedes writes PUBACK and PUBREC as soon as it is told that a publish is authorised. So the intake holds that permission until
 * the message is safe and delivered; what Aedes would publish after that is nothing any more. Where the journal does not keep what
 * the message has changed, the acknowledgement waits for the recorder too [B7].
 *
 * QoS 2 is told from its duplicates here, in memory and before anything is admitted: so the journal has it once.
 */
export class Intake {
  readonly #admit: IntakeOptions['admit'];
  readonly #delivery: Delivery;
  readonly #recorder: StateRecorder;
  readonly #clock: Clock;
  readonly #refusals: Refusals;
  readonly #limits: IntakeOptions['limits'];
  readonly #order = new PublishOrder();
  /** Delivered, and to be acknowledged. */
  readonly #answers = new PublishOrder();
  #publishedCount = 0;

  constructor(options: IntakeOptions) {
    this.#admit = options.admit;
    this.#delivery = options.delivery;
    this.#recorder = options.recorder;
    this.#clock = options.clock;
    this.#refusals = options.refusals;
    this.#limits = options.limits;
  }

  /** Messages fanned out so far. */
  get publishedCount(): number {
    return this.#publishedCount;
  }

  /** Resolves when no message waits for admission or for its acknowledgement. */
  async idle(): Promise<void> {
    await this.#order.idle();
    await this.#answers.idle();
  }

  /** A publish or a will of an MQTT client. `answer` is Aedes' permission to acknowledge; with an error it disconnects. */
  receive(client: Client, login: Login, packet: PublishPacket, answer: (error?: Error) => void): void {
    const isWill = packet === login.will;
    if (login.isRefused && !isWill) return;
    login.account?.noteTopic(packet.topic);
    const refused = refusalOf(packet, login, isWill) ?? this.#windowRefusalOf(packet, login, isWill);
    if (refused !== undefined) {
      this.#refuse(refused, client, login, packet, answer);
      return;
    }
    const message = messageOf(packet, client.id);
    const { inbound } = login.session;
    const inboundId = message.qos === 2 ? message.packetId : undefined;
    if (inboundId !== undefined && inbound.has(inboundId)) {
      this.#answerAgain(client, login, inboundId, answer);
      return;
    }
    // From now on it is a duplicate, also of one that still waits for the disk.
    if (inboundId !== undefined) inbound.set(inboundId, undefined);
    // What it changes would wait in memory for the disk, with ever more behind it.
    const failure = message.qos > 0 && this.#recorder.isFull ? STATE_FULL : undefined;
    this.#admitInOrder(message, failure, (error, place) => {
      if (error !== undefined && inboundId !== undefined) inbound.delete(inboundId);
      // It is in the journal, and the client's next attempt will be taken for a duplicate of it.
      const isKept = error === undefined && (inboundId !== undefined || isWill || !login.isRefused);
      const mustSettle = isKept && this.#take(message, place, { login, inboundId });
      if (place !== undefined) this.#recorder.fannedOut(place);
      if (login.isRefused && !isWill) return;
      if (error === undefined) return this.#answerInOrder(login, mustSettle, answer);
      this.#noteFailure(error, message);
      if (isWill) return answer(new RefusedError(error.message));
      if (message.qos > 0) return this.#penalise(login, error);
      answer();
    });
  }

  /** The journal has it, or nobody asked that it has. @returns whether what it changed must be durable by itself */
  #take(message: Message, place: Place | undefined, { login: { session }, inboundId }: Received): boolean {
    const mustSettle = this.#deliver(message, place);
    // Unless PUBREL has come already, from a client that did not wait for PUBREC.
    if (inboundId === undefined || !session.inbound.has(inboundId)) return mustSettle;
    session.inbound.set(inboundId, place);
    if (!session.isPersistent) return mustSettle;
    this.#recorder.received(session, inboundId, place);
    return mustSettle || place === undefined;
  }

  /** A QoS 2 message that is here already: it is answered once the first is, and does not go on [MQTT-4.3.3-2]. */
  #answerAgain(client: Client, login: Login, packetId: number, answer: () => void): void {
    const { session } = login;
    this.#order.enter(
      client.id,
      (done) => done(),
      () => {
        if (login.isRefused) return;
        // The first could not be kept, on a connection that is gone: this one is not, either, and comes again.
        if (!session.inbound.has(packetId)) return this.#penalise(login, FIRST_FAILED);
        // Of what is in no stream, the packet id itself may still be on its way to the disk.
        const mustSettle = session.isPersistent && session.inbound.get(packetId) === undefined;
        this.#answerInOrder(login, mustSettle, answer);
      },
    );
  }

  /**
   * Asks the tap at once, and goes on in the order of the client; a message with a place is told of as begun.
   *
   * @param failure why the tap is not even asked
   */
  #admitInOrder(
    message: Message,
    failure: WaystationError | undefined,
    finish: (error: WaystationError | undefined, place: Place | undefined) => void,
  ): void {
    let place: Place | undefined;
    this.#order.enter(
      message.clientId,
      (done) => {
        if (failure !== undefined) return done(failure);
        place = this.#admit(message, done);
        if (place !== undefined) this.#recorder.begun(place);
      },
      (error) => finish(error, place),
    );
  }

  /** Acknowledgements leave in the order of arrival, also where one has to wait for the state and the next has not [MQTT-4.6.0-2, -3]. */
  #answerInOrder(login: Login, mustSettle: boolean, answer: () => void): void {
    const { clientId } = login.session;
    if (!(mustSettle || this.#answers.isWaiting(clientId))) {
      answer();
      return;
    }
    this.#answers.enter(
      clientId,
      (done) => (mustSettle ? this.#recorder.settle(done) : done()),
      (error) => {
        if (login.isRefused) return;
        if (error === undefined) answer();
        else this.#penalise(login, error);
      },
    );
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
    this.#admitInOrder(message, undefined, (error, place) => {
      const mustSettle = error === undefined && this.#deliver(message, place);
      if (place !== undefined) this.#recorder.fannedOut(place);
      if (mustSettle) this.#recorder.settle(done);
      else done(error);
    });
  }

  #deliver(message: Message, place: Place | undefined): boolean {
    this.#publishedCount++;
    return this.#delivery.deliver(message, place);
  }

  /** A client that begins more than it ends is stopped before the journal takes what it sends. */
  #windowRefusalOf(packet: PublishPacket, login: Login, isWill: boolean): PublishRefusal | undefined {
    const { inbound } = login.session;
    const { maxInboundInflight } = this.#limits;
    if (packet.qos !== 2 || isWill || inbound.size < maxInboundInflight || inbound.has(packet.messageId ?? 0)) {
      return undefined;
    }
    const why = `the client has ${inbound.size} QoS 2 publishes that it has not released`;
    return { reason: 'tooManyInflight', text: `refused a publish on ${quote(packet.topic)}: ${why}` };
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

/** Whose it is, and its packet id if it is of QoS 2. */
interface Received {
  readonly login: Login;
  readonly inboundId: number | undefined;
}

const STATE_FULL = new WaystationError('journal.full', 'Remembering what a message changes: the disk takes no more.');
const FIRST_FAILED = new WaystationError('journal.failed', 'Answering a duplicate: the first could not be kept.');

type PublishRefusal = Pick<Refusal, 'reason' | 'code' | 'text'>;

function refusalOf(packet: PublishPacket, { rights }: Login, isWill: boolean): PublishRefusal | undefined {
  const hasPacketId = packet.qos === 0 || isWill || (packet.messageId ?? 0) > 0;
  if (hasPacketId && rights.mayPublish(packet.topic)) return undefined;
  if (rights.isTooDeep(packet.topic)) {
    return refusal('topicTooDeep', 'broker.badMessage', rights.whyNotPublish(packet.topic), packet);
  }
  if (!isTopicName(packet.topic)) return refusal('badMessage', 'broker.badMessage', 'no valid topic', packet);
  if (!hasPacketId) return refusal('badMessage', 'broker.badMessage', 'no valid packet id', packet);
  return refusal('notAuthorized', 'broker.notAuthorized', rights.whyNotPublish(packet.topic), packet);
}

function refusal(reason: RefusalReason, code: ErrorCode, why: string, packet: PublishPacket): PublishRefusal {
  return { reason, code, text: `refused a publish on ${quote(packet.topic)}: ${why}` };
}
