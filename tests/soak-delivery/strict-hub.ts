/**
 * A hub as a process of its own, so that it can be killed: `node strict-hub.ts PORT LOGFILE FIRST_CONNECTION HABITS`. It reads strictly
 * (`client-packet.ts`), writes down what it takes, and acknowledges only then: what was acknowledged is in the file, whenever it dies.
 *
 * It routes nothing and keeps no session. Started by `hub-process.ts`.
 */
import { openSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { zstdDecompressSync } from 'node:zlib';
import { type SeededRandom, seededRandom } from '#tests/support/seeded-random.ts';
import { type ClientPublish, type ProtocolLevel, packetEnd, readClientPacket } from './client-packet.ts';
import { encodeNote } from './hub-log.ts';
import type { HubHabits } from './plan-run.ts';

const [port = '0', logFile = '', firstConnection = '1', habitsText = '{}'] = process.argv.slice(2);
// Written by the process that started this one, from a value of this type.
const habits = JSON.parse(habitsText) as HubHabits;
const log = openSync(logFile, 'a');
const random: SeededRandom = seededRandom(habits.seed);
const sessions = new Map<string, Session>();
let connectionCount = Number(firstConnection);

/** One connection. */
class Session {
  readonly #socket: Socket;
  readonly #connection = connectionCount++;
  readonly #unanswered = new Set<number>();
  #notes: Buffer[] = [];
  #answers: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #level: ProtocolLevel | undefined;
  #clientId: string | undefined;
  /** Nothing that comes is of any interest: the connection is about to end. */
  #isOver = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#note('opened');
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#note('closed');
      this.#flush();
      if (this.#clientId !== undefined && sessions.get(this.#clientId) === this) sessions.delete(this.#clientId);
    });
  }

  end(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    try {
      for (let end = packetEnd(this.#rest); end !== undefined && !this.#isOver; end = packetEnd(this.#rest)) {
        const packet = this.#rest.subarray(0, end);
        this.#rest = this.#rest.subarray(end);
        this.#handle(packet);
      }
    } catch (error) {
      this.#note('violation', Buffer.from(`${String(error)}: ${bytes.toString('hex', 0, 64)}`));
      this.#isOver = true;
      this.#socket.end();
    }
    this.#flush();
  }

  #handle(bytes: Buffer): void {
    const packet = readClientPacket(bytes, this.#level);
    switch (packet.kind) {
      case 'connect':
        this.#accept(packet.level, packet.clientId);
        return;
      case 'publish':
        this.#take(packet, bytes);
        return;
      case 'subscribe': {
        const { packetId, filterCount } = packet;
        const codes = Array.from({ length: filterCount }, () => 1);
        const properties = this.#level === 5 ? [0] : [];
        const body = [packetId >> 8, packetId & 0xff, ...properties, ...codes];
        this.#answers.push(Buffer.from([0x90, body.length, ...body]));
        return;
      }
      case 'pingreq':
        this.#answers.push(Buffer.from([0xd0, 0]));
        return;
      case 'puback':
        throw new Error('PUBACK for a message that was never sent');
      case 'disconnect':
        this.#isOver = true;
        this.#socket.end();
    }
  }

  #accept(level: ProtocolLevel, clientId: string): void {
    this.#level = level;
    this.#clientId = clientId;
    if (habits.onlyLevel !== undefined && habits.onlyLevel !== level) {
      this.#answers.push(Buffer.from(level === 5 ? [0x20, 3, 0, 0x84, 0] : [0x20, 2, 0, 1]));
      this.#isOver = true;
      return;
    }
    // One session per client id [MQTT-3.1.4-3].
    sessions.get(clientId)?.end();
    sessions.set(clientId, this);
    this.#answers.push(level === 4 ? Buffer.from([0x20, 2, 0, 0]) : connack5());
  }

  #take(publish: ClientPublish, bytes: Buffer): void {
    const { packetId, isDuplicate, qos } = publish;
    const { receiveMaximum = 65_535, maximumPacketSize = Infinity } = habits;
    if (isDuplicate) throw new Error('DUP in a session in which nothing was sent before');
    if (this.#unanswered.has(packetId)) throw new Error(`packet id ${packetId} is in use`);
    if (qos === 1) this.#unanswered.add(packetId);
    if (this.#unanswered.size > receiveMaximum) throw new Error(`more in flight than ${receiveMaximum}`);
    if (bytes.length > maximumPacketSize) throw new Error(`a packet of ${bytes.length} bytes`);
    if (isHit(habits.unwillingOnceIn)) {
      this.#turnAway(packetId);
    } else if (isHit(habits.babbleOnceIn)) {
      // No packet: the client can only give the connection up.
      this.#answers.push(Buffer.from([0xf0, 0xff, 0xff, 0xff, 0xff, 0xff]));
      this.#isOver = true;
    } else if (this.#level === 5 && isRejected(publish)) {
      this.#note('rejected5', bytes);
      this.#acknowledge(publish, PAYLOAD_FORMAT_INVALID);
    } else {
      this.#note(this.#level === 5 ? 'taken5' : 'taken4', bytes);
      if (qos === 1) this.#acknowledge(publish, 0);
    }
  }

  #acknowledge({ packetId }: ClientPublish, reason: number): void {
    this.#unanswered.delete(packetId);
    const id = [packetId >> 8, packetId & 0xff];
    this.#answers.push(Buffer.from(reason === 0 ? [0x40, 2, ...id] : [0x40, 3, ...id, reason]));
  }

  /** What else had arrived is not taken either, or the order would break here. */
  #turnAway(packetId: number): void {
    this.#isOver = true;
    if (this.#level === 4) this.#socket.end();
    else this.#answers.push(Buffer.from([0x40, 3, packetId >> 8, packetId & 0xff, QUOTA_EXCEEDED]));
  }

  #note(kind: Parameters<typeof encodeNote>[0], bytes?: Buffer): void {
    this.#notes.push(encodeNote(kind, this.#connection, bytes));
  }

  /** The notes first. */
  #flush(): void {
    if (this.#notes.length > 0) writeSync(log, Buffer.concat(this.#notes));
    this.#notes = [];
    if (this.#answers.length > 0 && this.#socket.writable) this.#socket.write(Buffer.concat(this.#answers));
    this.#answers = [];
  }
}

/** @see MQTT 5.0, section 3.4.2.1 */
const QUOTA_EXCEEDED = 0x97;
const PAYLOAD_FORMAT_INVALID = 0x99;

function isHit(onceIn: number | undefined): boolean {
  return onceIn !== undefined && random.next() * onceIn < 1;
}

/** By what the publish holds: it is refused however often it comes. */
function isRejected({ payload }: ClientPublish): boolean {
  if (habits.rejectedText === undefined) return false;
  return textOf(payload).includes(habits.rejectedText);
}

/** A batch is a frame of zstd; what is no JSON is base64 in an envelope around it, and JSON stands there as it is. */
function textOf(payload: Buffer): Buffer {
  const isFrame = payload.length > 4 && payload.readUInt32LE() === ZSTD_MAGIC;
  if (isFrame) return zstdDecompressSync(payload, { maxOutputLength: MAX_BATCH_BYTES });
  const encoded = /"data_base64":"([^"]*)"/.exec(payload.toString())?.[1];
  return encoded === undefined ? payload : Buffer.from(encoded, 'base64');
}

/** @see RFC 8878, section 3.1.1 */
const ZSTD_MAGIC = 0xfd2fb528;
const MAX_BATCH_BYTES = 2 ** 20;

/** @see MQTT 5.0, section 3.2.2.3 */
function connack5(): Buffer {
  const properties: Buffer[] = [];
  const { receiveMaximum, maximumPacketSize, maximumQos } = habits;
  if (receiveMaximum !== undefined) properties.push(Buffer.from([0x21, receiveMaximum >> 8, receiveMaximum & 0xff]));
  if (maximumPacketSize !== undefined) {
    const value = Buffer.from([0x27, 0, 0, 0, 0]);
    value.writeUInt32BE(maximumPacketSize, 1);
    properties.push(value);
  }
  if (maximumQos !== undefined) properties.push(Buffer.from([0x24, maximumQos]));
  const bytes = Buffer.concat(properties);
  return Buffer.concat([Buffer.from([0x20, bytes.length + 3, 0, 0, bytes.length]), bytes]);
}

createServer({ noDelay: true }, (socket) => new Session(socket)).listen(Number(port), '127.0.0.1');
