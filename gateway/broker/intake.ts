import type { Client, PublishPacket } from 'aedes';
import { type ErrorCode, WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message } from '#gateway/model/message.ts';
import { isTopicName, MAX_TOPIC_LEVELS } from '#gateway/model/topic-filter.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { isTooDeep } from './disguise.ts';
import type { GuardedConnection } from './guarded-connection.ts';
import type { Account } from './identity/account.ts';
import type { TopicRights } from './identity/topic-rights.ts';
import { PublishOrder } from './publish-order.ts';
import type { FanOutDone, FanOutPacket, PublishingSide } from './publish-serialiser.ts';
import { quote, type Refusal, type RefusalReason, type Refusals } from './refusals.ts';

/** How long a client whose message could not be kept is left waiting before it is disconnected, so that it does not come straight back [J7]. */
export const REFUSAL_PENALTY_MS = 1000;

/** What the intake knows of a connected client. */
export interface Session {
  readonly connection: GuardedConnection;
  /** Undefined without a login. */
  readonly account: Account | undefined;
  readonly rights: TopicRights;
  /** The will as it stands in the CONNECT packet; Aedes publishes this very object. */
  readonly will: object | undefined;
  /** A message of this connection could not be kept: nothing more of it is acknowledged or delivered. */
  isRefused: boolean;
}

/** What {@link Intake} needs. */
export interface IntakeOptions {
  /** The admission tap. */
  readonly admit: (message: Message, done: Done) => void;
  readonly clock: Clock;
  readonly refusals: Refusals;
}

/**
 * The way of every publish: rights, admission, then fan-out and acknowledgement, in the order sent [B1, B2, B6, J7].
 *
 * Aedes writes PUBACK as soon as it is told that a publish is authorised, and publishes one turn of the event loop later
 * (QoS 1) or at once (QoS 0). So the intake holds that permission until the message is safe, starts the fan-out itself in the
 * order of arrival, and answers the publish that Aedes then attempts with the outcome of the one already under way.
 */
export class Intake {
  readonly #admit: IntakeOptions['admit'];
  readonly #clock: Clock;
  readonly #refusals: Refusals;
  readonly #order = new PublishOrder();
  #publish: PublishingSide['publish'] = () => {};
  #publishedCount = 0;

  constructor(options: IntakeOptions) {
    this.#admit = options.admit;
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

  /** Steps between Aedes and its own `publish`. */
  attachTo(engine: PublishingSide): void {
    const publish = engine.publish.bind(engine);
    this.#publish = publish;
    engine.publish = (packet, client, done) => {
      const fanOut = (packet as CarryingPacket)[FAN_OUT];
      if (fanOut === undefined) return publish(packet, client, done);
      fanOut.tell(done);
    };
  }

  /** A publish or a will of an MQTT client. `answer` is Aedes' permission to acknowledge; with an error it disconnects. */
  receive(client: Client, session: Session, packet: PublishPacket, answer: (error?: Error) => void): void {
    const isWill = packet === session.will;
    if (session.isRefused && !isWill) return;
    session.account?.noteTopic(packet.topic);
    const refused = refusalOf(packet, session, isWill);
    if (refused !== undefined) {
      this.#refuse(refused, client, session, packet, answer);
      return;
    }
    const message = messageOf(packet, client.id, isWill);
    this.#order.enter(
      client.id,
      (done) => this.#admit(message, done),
      (error) => {
        if (session.isRefused && !isWill) return;
        if (error === undefined) {
          (packet as CarryingPacket)[FAN_OUT] = this.#fanOut(message, client);
          return answer();
        }
        this.#noteFailure(error, message);
        if (isWill) return answer(new RefusedError(error.message));
        if (message.qos > 0) return this.#penalise(session, error);
        (packet as CarryingPacket)[FAN_OUT] = FanOut.none();
        answer();
      },
    );
  }

  /** Closes the connection, or acknowledges in its turn and drops [MQTT-3.3.5-2]. */
  #refuse(
    refused: PublishRefusal,
    client: Client,
    { account, connection }: Session,
    packet: PublishPacket,
    answer: (error?: Error) => void,
  ): void {
    const { topic, qos } = packet;
    this.#refusals.note({ ...refused, client: client.id }, { user: account?.username, topic, qos });
    account?.noteRefusal(refused.text);
    if (!account?.isForgiving) {
      connection.noteEnding(refused.reason, refused.text);
      answer(new RefusedError(refused.text));
      return;
    }
    this.#order.enter(
      client.id,
      (done) => done(),
      () => {
        (packet as CarryingPacket)[FAN_OUT] = FanOut.none();
        answer();
      },
    );
  }

  /** A publish of a part of the gateway: no rights, the same order. */
  publish(message: Message, done: Done): void {
    if (!isTopicName(message.topic) || message.topic.startsWith('$')) {
      done(new WaystationError('broker.badMessage', `cannot publish on ${JSON.stringify(message.topic)}`));
      return;
    }
    this.#order.enter(
      message.clientId,
      (answer) => this.#admit(message, answer),
      (error) => {
        if (error === undefined) this.#fanOut(message, null);
        done(error);
      },
    );
  }

  #fanOut(message: Message, client: Client | null): FanOut {
    this.#publishedCount++;
    const fanOut = new FanOut();
    this.#publish(packetOf(message), client, fanOut.settle);
    return fanOut;
  }

  /** The client keeps what was not acknowledged, and sends it again when it comes back. */
  #penalise(session: Session, error: WaystationError): void {
    session.isRefused = true;
    this.#clock.schedule(REFUSAL_PENALTY_MS, () => session.connection.close(failureReason(error), error.message));
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

function failureReason({ code }: WaystationError): RefusalReason {
  return FAILURE_REASONS[code] ?? 'admissionFailed';
}

const FAILURE_REASONS: Partial<Record<ErrorCode, RefusalReason>> = {
  'journal.full': 'journalFull',
  'journal.quota': 'journalFull',
  'journal.failed': 'journalFailed',
  'journal.recordTooLarge': 'packetTooLarge',
};

/** The outcome of a fan-out that Aedes has not asked about yet, or whose outcome is not known yet. */
class FanOut {
  #isSettled = false;
  #error: Error | null | undefined;
  #listener: FanOutDone | undefined;

  /** Of a message that is dropped. */
  static none(): FanOut {
    const fanOut = new FanOut();
    fanOut.settle();
    return fanOut;
  }

  readonly settle: FanOutDone = (error) => {
    this.#isSettled = true;
    this.#error = error;
    this.#listener?.(error);
  };

  tell(listener: FanOutDone | undefined): void {
    if (this.#isSettled) listener?.(this.#error);
    else this.#listener = listener;
  }
}

/**
 * A packet carries the fan-out that was begun for it from Aedes' question to Aedes' publish. On the packet itself: a WeakMap,
 * filled and emptied for each publish, costs a tenth of what a QoS 0 message costs the gateway. The casts are because Aedes'
 * type of a packet knows nothing of it.
 */
const FAN_OUT = Symbol('fanOut');
interface CarryingPacket {
  [FAN_OUT]?: FanOut;
}

type PublishRefusal = Pick<Refusal, 'reason' | 'code' | 'text'>;

function refusalOf(packet: PublishPacket, { rights }: Session, isWill: boolean): PublishRefusal | undefined {
  // A will of QoS 2 goes out with QoS 1, the highest that a subscriber is granted; nobody acknowledges a will.
  if (packet.qos === 2 && !isWill) return refusal('qos2', 'broker.qos2Unsupported', 'published with QoS 2', packet);
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
    qos: packet.qos === 0 ? 0 : 1,
    isRetained: packet.retain,
    isDuplicate: packet.dup === true,
    clientId,
    ...(packet.messageId === undefined || isWill ? {} : { packetId: packet.messageId }),
  };
}

/** DUP stays behind: it speaks of the publisher's connection, not of the subscribers' [MQTT-3.3.1-3]. */
function packetOf({ topic, payload, qos, isRetained }: Message): FanOutPacket {
  return {
    cmd: 'publish',
    topic,
    payload: Buffer.isBuffer(payload) ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
    qos: qos === 0 ? 0 : 1,
    retain: isRetained,
    dup: false,
  };
}
