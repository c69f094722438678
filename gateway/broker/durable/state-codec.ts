import { decodeRecord, encodeMessage } from '#gateway/journal/record-codec.ts';
import { WireReader, type WireRejection, wireTag } from '#gateway/journal/wire-reader.ts';
import { WIRE_DELIMITED, WIRE_FIXED64, WIRE_VARINT, WireWriter } from '#gateway/journal/wire-writer.ts';
import type { Message, Place, QoS } from '#gateway/model/message.ts';
import { parseStreamId } from '#gateway/model/names.ts';

/**
 * The values of the state: Protocol Buffers messages, drawn in `docs/journal-format.md`. Fields at their default are left out,
 * fields of a newer version are passed over. Bytes that say what cannot be are no value.
 */
export type StateRejection = WireRejection | 'bad-value';

/** How far a stream has been fanned out. */
export interface Mark {
  readonly epoch: string;
  readonly sequence: number;
}

/** A persistent session. */
export interface StoredSession {
  readonly clientId: string;
  readonly username: string | undefined;
  /** The last record of each stream that was there when it began: those up to it are of an earlier session with this client id. */
  readonly since: readonly Place[];
  /** How long its client had been away when it was written, milliseconds of the process running. */
  readonly awayMs: number;
}

/** A message on its way to a session. */
export interface StoredEntry {
  readonly message: Message;
  readonly place: Place | undefined;
  readonly qos: QoS;
  readonly packetId: number | undefined;
  readonly isReleased: boolean;
  readonly isRetained: boolean;
  /** How long it had waited when it was written. */
  readonly ageMs: number;
}

/** A retained message. */
export interface StoredRetained {
  readonly message: Message;
  readonly place: Place | undefined;
}

/** The will of a client that is connected. */
export interface StoredWill {
  /** Its account; undefined is that of all clients without a login. */
  readonly username: string | undefined;
  /** With the client id in it. */
  readonly message: Message;
}

/** Written as `v`; a start that finds a higher one stops. */
export const STATE_VERSION = 1;

export function encodeVersion(): Uint8Array {
  return encoded((wire) => wire.uint(FIELD.version, STATE_VERSION));
}

export function decodeVersion(bytes: Buffer): number | StateRejection {
  let version = 0;
  const rejection = walk(bytes, (read) => {
    if (read.tag !== VARINT.version) return false;
    version = read.uint();
    return true;
  });
  return rejection ?? version;
}

export function encodeMark({ epoch, sequence }: Mark): Uint8Array {
  return encoded((wire) => {
    wire.fixed64(FIELD.epoch, epoch);
    wire.uint(FIELD.sequence, sequence);
  });
}

export function decodeMark(bytes: Buffer): Mark | StateRejection {
  const mark = { epoch: '', sequence: 0 };
  const rejection = walk(bytes, (read) => {
    if (read.tag === wireTag(FIELD.epoch, WIRE_FIXED64)) mark.epoch = read.fixed64();
    else if (read.tag === VARINT.sequence) mark.sequence = read.uint();
    else return false;
    return true;
  });
  return rejection ?? (mark.epoch === '' ? 'bad-value' : mark);
}

export function encodeSession({ clientId, username, since, awayMs }: StoredSession): Uint8Array {
  return encoded((wire) => {
    wire.text(FIELD.clientId, clientId);
    if (username !== undefined) wire.text(FIELD.username, username);
    for (const place of since) {
      const start = wire.beginMessage(FIELD.since, PLACE_BYTES);
      encodePlace(place, wire);
      wire.endMessage(start, PLACE_BYTES);
    }
    if (awayMs > 0) wire.uint(FIELD.awayMs, Math.round(awayMs));
  });
}

export function decodeSession(bytes: Buffer): StoredSession | StateRejection {
  let clientId = '';
  let username: string | undefined;
  let isSound = true;
  let awayMs = 0;
  const since: Place[] = [];
  const rejection = walk(bytes, (read) => {
    if (read.tag === DELIMITED.clientId) clientId = read.text();
    else if (read.tag === DELIMITED.username) username = read.text();
    else if (read.tag === DELIMITED.since) {
      const place = decodePlace(read.bytes());
      if (typeof place === 'object') since.push(place);
      else isSound = false;
    } else if (read.tag === VARINT.awayMs) awayMs = read.uint();
    else return false;
    return true;
  });
  return rejection ?? (isSound && clientId !== '' ? { clientId, username, since, awayMs } : 'bad-value');
}

export function encodeSubscription(qos: QoS): Uint8Array {
  return encoded((wire) => wire.uint(FIELD.qos, qos));
}

export function decodeSubscription(bytes: Buffer): QoS | StateRejection {
  let qos = 0;
  const rejection = walk(bytes, (read) => {
    if (read.tag !== VARINT.qos) return false;
    qos = read.uint();
    return true;
  });
  return rejection ?? (isQos(qos) ? qos : 'bad-value');
}

/** Of `i`: the place alone, if the journal keeps the message. */
export function encodeInbound(place: Place | undefined): Uint8Array {
  return encoded((wire) => place && encodePlace(place, wire));
}

/** @returns undefined where the journal does not keep the message */
export function decodeInbound(bytes: Buffer): Place | undefined | StateRejection {
  return decodePlace(bytes);
}

export function encodeRetained({ message, place }: StoredRetained): Uint8Array {
  return encoded((wire) => {
    encodeEmbedded(message, wire);
    if (place !== undefined) encodePlace(place, wire);
  });
}

export function decodeRetained(bytes: Buffer): StoredRetained | StateRejection {
  const entry = decodeEntry(bytes);
  return typeof entry === 'string' ? entry : { message: entry.message, place: entry.place };
}

export function encodeWill({ username, message }: StoredWill): Uint8Array {
  return encoded((wire) => {
    encodeEmbedded(message, wire);
    if (username !== undefined) wire.text(FIELD.username, username);
  });
}

export function decodeWill(bytes: Buffer): StoredWill | StateRejection {
  let username: string | undefined;
  let message: Message | StateRejection = 'bad-value';
  const rejection = walk(bytes, (read) => {
    if (read.tag === DELIMITED.message) message = decodeEmbedded(read.bytes());
    else if (read.tag === DELIMITED.username) username = read.text();
    else return false;
    return true;
  });
  if (rejection !== undefined) return rejection;
  return typeof message === 'string' ? message : { username, message };
}

export function encodeEntry(entry: StoredEntry): Uint8Array {
  return encoded((wire) => {
    encodeEmbedded(entry.message, wire);
    if (entry.place !== undefined) encodePlace(entry.place, wire);
    wire.uint(FIELD.qos, entry.qos);
    if (entry.packetId !== undefined) wire.uint(FIELD.packetId, entry.packetId);
    if (entry.isReleased) wire.uint(FIELD.isReleased, 1);
    if (entry.isRetained) wire.uint(FIELD.isRetained, 1);
    if (entry.ageMs > 0) wire.uint(FIELD.ageMs, Math.round(entry.ageMs));
  });
}

export function decodeEntry(bytes: Buffer): StoredEntry | StateRejection {
  const draft = { qos: 0, packetId: undefined as number | undefined, isReleased: false, isRetained: false, ageMs: 0 };
  let message: Message | StateRejection = 'bad-value';
  const rejection = walk(bytes, (read) => {
    if (read.tag === DELIMITED.message) message = decodeEmbedded(read.bytes());
    else if (read.tag === VARINT.qos) draft.qos = read.uint();
    else if (read.tag === VARINT.packetId) draft.packetId = read.uint();
    else if (read.tag === VARINT.isReleased) draft.isReleased = read.uint() !== 0;
    else if (read.tag === VARINT.isRetained) draft.isRetained = read.uint() !== 0;
    else if (read.tag === VARINT.ageMs) draft.ageMs = read.uint();
    else return false;
    return true;
  });
  const place = decodePlace(bytes);
  if (rejection !== undefined) return rejection;
  if (typeof message === 'string') return message;
  if (typeof place === 'string') return place;
  const { qos, packetId } = draft;
  const isPacketId = packetId === undefined || (packetId > 0 && packetId <= MAX_PACKET_ID);
  return isQos(qos) && isPacketId ? { ...draft, qos, message, place } : 'bad-value';
}

function encodeEmbedded(message: Message, wire: WireWriter): void {
  const expectedBytes = message.topic.length + message.payload.length + message.clientId.length + MESSAGE_FIELD_BYTES;
  const start = wire.beginMessage(FIELD.message, expectedBytes);
  encodeMessage(message, wire);
  wire.endMessage(start, expectedBytes);
}

/** With a payload of its own: the bytes are a view of much more. */
function decodeEmbedded(bytes: Buffer): Message | StateRejection {
  const record = decodeRecord(bytes);
  if (typeof record === 'string') return record;
  if (record.topic === '') return 'bad-value';
  const { stamp: _, unknownFields: __, asset: ___, ...message } = record;
  const payload = Buffer.allocUnsafeSlow(message.payload.length);
  payload.set(message.payload);
  return { ...message, payload };
}

function encodePlace({ stream, sequence }: Place, wire: WireWriter): void {
  wire.text(FIELD.stream, stream);
  wire.uint(FIELD.sequence, sequence);
}

/** @returns undefined when the message names none */
function decodePlace(bytes: Buffer): Place | undefined | StateRejection {
  let name = '';
  let sequence = 0;
  const rejection = walk(bytes, (read) => {
    if (read.tag === DELIMITED.stream) name = read.text();
    else if (read.tag === VARINT.sequence) sequence = read.uint();
    else return false;
    return true;
  });
  if (rejection !== undefined) return rejection;
  if (name === '') return undefined;
  const stream = parseStreamId(name);
  return stream === undefined ? 'bad-value' : { stream, sequence };
}

/** @param take reads a field that it knows. @returns why the bytes cannot be read */
function walk(bytes: Buffer, take: (read: WireReader) => boolean): WireRejection | undefined {
  const read = new WireReader(bytes);
  while (read.next()) if (!take(read)) read.skip();
  return read.rejection;
}

function encoded(write: (wire: WireWriter) => void): Uint8Array {
  WIRE.truncate(0);
  write(WIRE);
  return new Uint8Array(WIRE.message());
}

function isQos(value: number): value is QoS {
  return value <= 2;
}

const MAX_PACKET_ID = 65_535;
// Used again for each value.
const WIRE = new WireWriter(1024);
const PLACE_BYTES = 16;
const MESSAGE_FIELD_BYTES = 16;

/** Field numbers: never reused, never given another meaning. */
const FIELD = {
  message: 1,
  stream: 2,
  sequence: 3,
  qos: 4,
  packetId: 5,
  isReleased: 6,
  isRetained: 7,
  ageMs: 8,
  epoch: 9,
  clientId: 10,
  username: 11,
  since: 12,
  version: 13,
  awayMs: 14,
} as const;

const VARINT = {
  sequence: wireTag(FIELD.sequence, WIRE_VARINT),
  qos: wireTag(FIELD.qos, WIRE_VARINT),
  packetId: wireTag(FIELD.packetId, WIRE_VARINT),
  isReleased: wireTag(FIELD.isReleased, WIRE_VARINT),
  isRetained: wireTag(FIELD.isRetained, WIRE_VARINT),
  ageMs: wireTag(FIELD.ageMs, WIRE_VARINT),
  version: wireTag(FIELD.version, WIRE_VARINT),
  awayMs: wireTag(FIELD.awayMs, WIRE_VARINT),
} as const;

const DELIMITED = {
  message: wireTag(FIELD.message, WIRE_DELIMITED),
  stream: wireTag(FIELD.stream, WIRE_DELIMITED),
  clientId: wireTag(FIELD.clientId, WIRE_DELIMITED),
  username: wireTag(FIELD.username, WIRE_DELIMITED),
  since: wireTag(FIELD.since, WIRE_DELIMITED),
} as const;
