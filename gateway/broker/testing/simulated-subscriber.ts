import { type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import type { Delivery } from '#gateway/broker/delivery/delivery.ts';
import type { Session, SessionConnection } from '#gateway/broker/sessions/session.ts';
import type { Sessions } from '#gateway/broker/sessions/sessions.ts';

/** What a {@link SimulatedSubscriber} found wrong, as sentences. */
export type Complaints = string[];

/**
 * A client of the broker's sessions without sockets: it takes packets when it is told to, does the QoS handshakes as MQTT 3.1.1
 * says, and complains of every packet that the standard does not allow.
 */
export class SimulatedSubscriber {
  readonly clientId: string;
  readonly isPersistent: boolean;
  /** What the application was given with QoS 1 and 2, in order; with QoS 1 again when it was sent again. */
  readonly taken: string[] = [];
  /** The PUBLISH packets that came without DUP, in order, of any QoS. */
  readonly first: string[] = [];
  readonly complaints: Complaints = [];
  /** Whether its socket takes bytes. */
  isReading = true;
  session: Session | undefined;
  readonly #maxInflight: number;
  #connection: SimulatedConnection | undefined;
  /** Packet ids of the session that the server has not been told the end of; whether PUBREC was answered. */
  readonly #open = new Map<number, { payload: string; isReceived: boolean }>();
  /** Of those, the ones seen on the present connection. */
  #seen = new Set<number>();

  constructor(clientId: string, isPersistent: boolean, maxInflight: number) {
    this.clientId = clientId;
    this.isPersistent = isPersistent;
    this.#maxInflight = maxInflight;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Packets that it has not taken. */
  get waitingCount(): number {
    return this.#connection?.packets.length ?? 0;
  }

  /** How many messages of QoS 1 and 2 the server may still count as its. */
  connect(sessions: Sessions, delivery: Delivery): void {
    const connection = new SimulatedConnection(this);
    const { clientId, isPersistent } = this;
    const claim = sessions.claim({ clientId, username: undefined, isPersistent }, connection);
    if (!claim.isGranted) throw new Error(`${clientId} was refused: ${claim.refusal}`);
    if (!claim.session.isResumed) this.#open.clear();
    this.#seen = new Set();
    this.#connection = connection;
    this.session = claim.session;
    claim.session.connection = connection;
    delivery.refill(claim.session);
  }

  disconnect(sessions: Sessions): void {
    if (this.session !== undefined && this.#connection !== undefined) sessions.release(this.session, this.#connection);
    this.#connection = undefined;
    if (!this.isPersistent) this.session = undefined;
  }

  /** Reads the next packet and answers it. @returns whether there was one */
  takeOne(delivery: Delivery): boolean {
    const packet = this.#connection?.packets.shift();
    const { session } = this;
    if (packet === undefined || session === undefined) return false;
    if (packet.cmd === 'publish') this.#take(packet, session, delivery);
    else if (packet.cmd === 'pubrel') this.#finish(packet.messageId ?? 0, session, delivery);
    else this.complaints.push(`${packet.cmd} came`);
    return true;
  }

  /** The server hands a packet to the connection. */
  check(packet: Packet): void {
    if (packet.cmd !== 'publish') return;
    const { qos, dup, messageId = 0 } = packet;
    const payload = packet.payload.toString();
    if (!dup) this.first.push(payload);
    if (qos === 0) return;
    const open = this.#open.get(messageId);
    if (this.#seen.has(messageId)) this.complaints.push(`packet id ${messageId} came twice on one connection`);
    if (open !== undefined && open.payload !== payload) this.complaints.push(`packet id ${messageId} given again`);
    if (open !== undefined && !dup) this.complaints.push(`sent again without DUP: ${payload}`);
    if (open === undefined && dup) this.complaints.push(`sent for the first time with DUP: ${payload}`);
    if (open?.isReceived) this.complaints.push(`sent again after PUBREC: ${payload}`);
    this.#seen.add(messageId);
    if (open === undefined) this.#open.set(messageId, { payload, isReceived: false });
    if (this.#open.size > this.#maxInflight) this.complaints.push(`${this.#open.size} in flight`);
  }

  #take(packet: IPublishPacket, session: Session, delivery: Delivery): void {
    const { qos, messageId = 0 } = packet;
    if (qos === 0) return;
    const payload = packet.payload.toString();
    if (qos === 1) {
      this.taken.push(payload);
      this.#close(messageId);
      delivery.acknowledge(session, messageId, 1);
      return;
    }
    const open = this.#open.get(messageId);
    if (open !== undefined && !this.#received.has(messageId)) this.taken.push(payload);
    this.#received.add(messageId);
    // As Aedes does it: PUBREC, and PUBREL when that is written down.
    delivery.release(session, messageId);
    if (open !== undefined) open.isReceived = true;
    this.#connection?.packets.push({ cmd: 'pubrel', messageId });
  }

  /** What method B of figure 4.3 keeps: ids whose message has gone to the application. */
  readonly #received = new Set<number>();

  #finish(messageId: number, session: Session, delivery: Delivery): void {
    this.#received.delete(messageId);
    this.#close(messageId);
    delivery.acknowledge(session, messageId, 2);
  }

  #close(messageId: number): void {
    this.#open.delete(messageId);
    this.#seen.delete(messageId);
  }
}

/** Decodes what is sent, and holds it until the subscriber takes it. */
class SimulatedConnection implements SessionConnection {
  readonly packets: Packet[] = [];
  readonly #subscriber: SimulatedSubscriber;
  readonly #parser = parser();

  constructor(subscriber: SimulatedSubscriber) {
    this.#subscriber = subscriber;
    this.#parser.on('packet', (packet) => {
      subscriber.check(packet);
      this.packets.push(packet);
    });
  }

  get hasRoom(): boolean {
    return this.#subscriber.isReading;
  }

  send(packet: Uint8Array): void {
    this.#parser.parse(Buffer.from(packet));
  }

  close(): void {}
}
