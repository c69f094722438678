import type { PublishPacket } from 'aedes';
import { parser } from 'mqtt-packet';
import type { QoS } from '#gateway/model/message.ts';
import type { BrokerLife, Line } from './broker-life.ts';

/** A message of a model client. */
export interface Sent {
  readonly text: string;
  readonly topic: string;
  readonly qos: QoS;
  readonly isRetained: boolean;
  /** Its session ended, or it has none: nobody knows what became of it. */
  isAbandoned: boolean;
  /** PUBACK or PUBREC has come. */
  isAcknowledged: boolean;
  /** Order over all clients: when it was first sent, and when acknowledged. */
  readonly sentAt: number;
  acknowledgedAt: number;
}

/** A time over which every acknowledged message had to come. */
export interface Listening {
  readonly prefix: string;
  readonly qos: QoS;
  /** SUBACK came. */
  readonly from: number;
  /** Unsubscribed, or subscribed again. */
  until: number;
}

/**
 * A client as MQTT wants it: sends again what was not acknowledged, in order, knows what it has received with QoS 2, and begins
 * anew with packet id 1 in each session. What it sends is on the line until {@link ModelClient.pass} hands it over.
 */
export class ModelClient {
  readonly id: string;
  readonly sent: Sent[] = [];
  readonly got: string[] = [];
  readonly listening: Listening[] = [];
  /** What the client alone can tell. */
  readonly violations: string[] = [];
  isPersistent = true;
  readonly #now: () => number;
  #outbox = new Map<number, { readonly sent: Sent; isReleased: boolean }>();
  #received = new Set<number>();
  #packetId = 0;
  #line: Line | undefined;
  #life: BrokerLife | undefined;
  #onClose: () => void = () => undefined;
  #wire: (() => void)[] = [];
  #isOnline = false;
  #hasSession = false;
  /** A clean login was tried: nobody knows whether it came to something until the next CONNACK. */
  #mayHaveEnded = false;
  /** When something was last asked for a prefix: what is granted later is out of date. */
  readonly #asked = new Map<string, number>();

  constructor(id: string, now: () => number) {
    this.id = id;
    this.#now = now;
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  get isConnected(): boolean {
    return this.#line !== undefined;
  }

  get outboxCount(): number {
    return this.#outbox.size;
  }

  get wireCount(): number {
    return this.#wire.length;
  }

  /** A clean one ends what was there; so does one that comes behind a clean one. */
  connect(life: BrokerLife, isPersistent: boolean): void {
    this.drop();
    // A clean session ends with its connection, and one before it when CONNACK has said so.
    if (!this.isPersistent) this.#forget();
    if (!isPersistent) this.#mayHaveEnded = true;
    const packets = parser({ protocolVersion: 4 });
    let isOpen = true;
    let release: () => void = () => undefined;
    const out = {
      open: (line: Line, onClose: () => void) => {
        this.#line = line;
        release = onClose;
      },
      connack: (isPresent: boolean) => {
        if (!isOpen) return;
        this.#isOnline = true;
        if (!isPresent && this.#hasSession && !this.#mayHaveEnded) this.violations.push(`${this.id} lost its session`);
        if (!(isPersistent && isPresent)) this.#forget();
        this.isPersistent = isPersistent;
        this.#hasSession = isPersistent;
        this.#mayHaveEnded = false;
        for (const [packetId, { sent, isReleased }] of this.#outbox) {
          if (isReleased) this.#sendPubrel(packetId);
          else this.#sendPublish(packetId, sent, true);
        }
      },
      send: (bytes: Uint8Array) => {
        if (isOpen) packets.parse(Buffer.from(bytes));
      },
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#isOnline = false;
        this.#line = undefined;
        this.#wire = [];
        release();
      },
    };
    packets.on('packet', (packet) => {
      const { messageId = 0 } = packet;
      if (packet.cmd === 'publish')
        this.#receive(packet.qos, messageId, packet.retain ? undefined : packet.payload.toString());
      else if (packet.cmd === 'pubrel') this.#release(messageId);
    });
    this.#onClose = () => out.close();
    this.#life = life;
    life.connect(this.id, isPersistent, out);
  }

  /** The connection breaks: what was on the line is gone. */
  drop(): void {
    this.#onClose();
  }

  /** The power went: nobody notices that the connection is gone. */
  lose(): void {
    this.#isOnline = false;
    this.#line = undefined;
    this.#wire = [];
    this.#onClose = () => undefined;
  }

  publish(topic: string, text: string, qos: QoS, isRetained: boolean): void {
    const sent: Sent = {
      ...{ text, topic, qos, isRetained, isAcknowledged: false, sentAt: this.#now(), acknowledgedAt: Infinity },
      isAbandoned: !this.isPersistent,
    };
    this.sent.push(sent);
    if (qos === 0) {
      this.#sendPublish(0, sent, false);
      return;
    }
    do this.#packetId = (this.#packetId % MAX_MODEL_ID) + 1;
    while (this.#outbox.has(this.#packetId));
    this.#outbox.set(this.#packetId, { sent, isReleased: false });
    this.#sendPublish(this.#packetId, sent, false);
  }

  subscribe(prefix: string, qos: QoS): void {
    const line = this.#line;
    const asked = this.#ask(prefix);
    // Which of the two holds until SUBACK is open.
    this.#endListening(prefix);
    this.#send(() => {
      if (line === undefined) return;
      this.#life?.subscribe(line, `${prefix}/#`, qos, () => {
        if (this.#line !== line || !this.isPersistent || this.#asked.get(prefix) !== asked) return;
        this.listening.push({ prefix, qos, from: this.#now(), until: Infinity });
      });
    });
  }

  unsubscribe(prefix: string): void {
    const line = this.#line;
    this.#ask(prefix);
    this.#endListening(prefix);
    this.#send(() => line && this.#life?.unsubscribe(line, `${prefix}/#`));
  }

  /** What is on the line arrives, the first `count` of it. */
  pass(count: number): void {
    for (const arrive of this.#wire.splice(0, count)) arrive();
  }

  #ask(prefix: string): number {
    const asked = this.#now();
    this.#asked.set(prefix, asked);
    return asked;
  }

  #forget(): void {
    for (const { sent } of this.#outbox.values()) sent.isAbandoned = true;
    this.#outbox = new Map();
    this.#received = new Set();
    this.#packetId = 0;
    // What waits for a session ends with it.
    this.listening.length = 0;
  }

  #endListening(prefix: string): void {
    for (const each of this.listening) {
      if (each.until === Infinity && each.prefix === prefix) each.until = this.#now();
    }
  }

  #send(arrive: () => void): void {
    const line = this.#line;
    this.#wire.push(() => {
      if (this.#line === line) arrive();
    });
  }

  #sendPublish(messageId: number, { topic, text, qos, isRetained }: Sent, dup: boolean): void {
    const line = this.#line;
    const payload = Buffer.from(text);
    const packet = { cmd: 'publish', topic, payload, qos, retain: isRetained, dup, ...(qos > 0 ? { messageId } : {}) };
    this.#send(() => {
      if (line === undefined) return;
      this.#life?.publish(line, packet as PublishPacket, (error) => {
        if (error !== undefined || this.#line !== line || qos === 0) return;
        this.#acknowledged(messageId);
      });
    });
  }

  #acknowledged(messageId: number): void {
    const open = this.#outbox.get(messageId);
    if (open === undefined) return;
    if (!open.sent.isAcknowledged) {
      open.sent.isAcknowledged = true;
      open.sent.acknowledgedAt = this.#now();
    }
    if (open.sent.qos === 1) this.#outbox.delete(messageId);
    else {
      open.isReleased = true;
      this.#sendPubrel(messageId);
    }
  }

  #sendPubrel(messageId: number): void {
    const line = this.#line;
    this.#send(() => {
      if (line === undefined) return;
      this.#life?.pubrel(line, messageId, () => {
        if (this.#line === line) this.#outbox.delete(messageId);
      });
    });
  }

  /** @param text undefined for what was retained, which comes with each subscription */
  #receive(qos: QoS, messageId: number, text: string | undefined): void {
    const line = this.#line;
    if (qos < 2) this.#take(text);
    // Handed to the application when it is new, as a client may [MQTT 3.1.1, 4.3.3, method B].
    else if (!this.#received.has(messageId)) {
      this.#received.add(messageId);
      this.#take(text);
    }
    if (qos === 0) return;
    this.#send(() => {
      if (line === undefined) return;
      if (qos === 1) this.#life?.puback(line, messageId);
      // The engine writes PUBREL when the store has answered.
      else this.#life?.pubrec(line, messageId, () => this.#line === line && this.#release(messageId));
    });
  }

  #take(text: string | undefined): void {
    if (text !== undefined) this.got.push(text);
  }

  #release(messageId: number): void {
    const line = this.#line;
    this.#received.delete(messageId);
    this.#send(() => line && this.#life?.pubcomp(line, messageId));
  }
}

/** Few, so that they are used again soon. */
const MAX_MODEL_ID = 12;
