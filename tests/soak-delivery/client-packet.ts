import { isUtf8 } from 'node:buffer';

/** MQTT 3.1.1 is level 4 [MQTT-3.1.2-2]. */
export type ProtocolLevel = 4 | 5;

/** What a client may send to a hub that it publishes to. */
export type ClientPacket =
  | { readonly kind: 'connect'; readonly level: ProtocolLevel; readonly clientId: string }
  | ClientPublish
  | { readonly kind: 'subscribe'; readonly packetId: number; readonly filterCount: number }
  | { readonly kind: 'puback' }
  | { readonly kind: 'pingreq' }
  | { readonly kind: 'disconnect' };

/** A PUBLISH; its id is 0 with QoS 0. */
export interface ClientPublish {
  readonly kind: 'publish';
  readonly packetId: number;
  readonly qos: 0 | 1;
  readonly isDuplicate: boolean;
  readonly isRetained: boolean;
  readonly topic: string;
  readonly userProperties: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

/** Where the first packet of a stream of bytes ends. @returns undefined while it has not come whole @throws Error what is wrong with its length */
export function packetEnd(bytes: Buffer): number | undefined {
  let remaining = 0;
  for (let index = 1; index <= MAX_LENGTH_BYTES; index++) {
    const byte = bytes[index];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** (index - 1);
    if (byte >= 0x80) continue;
    check(index === 1 || byte > 0, 'a remaining length is written in as few bytes as it needs');
    const end = index + 1 + remaining;
    return end <= bytes.length ? end : undefined;
  }
  throw new Error('a remaining length has at most four bytes');
}

const MAX_LENGTH_BYTES = 4;

/**
 * Reads one whole packet, more strictly than any hub: every bit that the standard fixes must be so, nothing may follow.
 *
 * @param level of the session; undefined before CONNECT, which must come first and once
 * @throws Error what is wrong
 * @see MQTT 5.0, section 3; MQTT 3.1.1, section 3
 */
export function readClientPacket(bytes: Buffer, level: ProtocolLevel | undefined): ClientPacket {
  const header = bytes[0] ?? 0;
  let start = 1;
  while (((bytes[start] ?? 0) & 0x80) !== 0) start++;
  const body = new Reader(bytes.subarray(start + 1));
  check((header === 0x10) === (level === undefined), 'CONNECT comes first, and once');
  const packet = level === undefined ? readConnect(body) : readLater(header, body, level);
  check(body.isAtEnd, 'nothing follows the last field of a packet');
  return packet;
}

function readLater(header: number, body: Reader, level: ProtocolLevel): ClientPacket {
  switch (header) {
    case 0x40:
      check(body.uint16() > 0, 'a packet id is not 0');
      if (level === 5 && !body.isAtEnd) body.byte();
      if (level === 5 && !body.isAtEnd) readProperties(body, PUBACK_PROPERTIES);
      return { kind: 'puback' };
    case 0x82:
      return readSubscribe(body, level);
    case 0xc0:
      return { kind: 'pingreq' };
    case 0xe0:
      if (level === 5 && !body.isAtEnd) body.byte();
      if (level === 5 && !body.isAtEnd) readProperties(body, DISCONNECT_PROPERTIES);
      return { kind: 'disconnect' };
    default:
      check(header >> 4 === 3, `a publishing client sends no packet that begins with 0x${header.toString(16)}`);
      return readPublish(header, body, level);
  }
}

function readConnect(body: Reader): ClientPacket {
  check(body.text() === 'MQTT', 'the protocol is called MQTT');
  const level = body.byte();
  if (level !== 4 && level !== 5) throw new Error('the level of the protocol is 4 or 5');
  const flags = body.byte();
  const [hasUsername, hasPassword, hasWill] = [flags & 0x80, flags & 0x40, flags & 0x04].map((flag) => flag !== 0);
  check((flags & 1) === 0, 'the lowest flag of CONNECT is 0');
  check((flags & 0x18) !== 0x18 && (hasWill || (flags & 0x38) === 0), 'QoS and retain of a will belong to a will');
  check(level === 5 || hasUsername || !hasPassword, 'no password without a user name in MQTT 3.1.1');
  body.uint16();
  if (level === 5) readProperties(body, CONNECT_PROPERTIES);
  const clientId = body.text();
  check(clientId !== '', 'a client id that must stay the same is not empty');
  if (hasWill) {
    if (level === 5) readProperties(body, WILL_PROPERTIES);
    checkTopic(body.text());
    body.binary();
  }
  if (hasUsername) body.text();
  if (hasPassword) body.binary();
  return { kind: 'connect', level, clientId };
}

function readPublish(header: number, body: Reader, level: ProtocolLevel): ClientPublish {
  const qos = (header >> 1) & 3;
  const isDuplicate = (header & 8) !== 0;
  const isRetained = (header & 1) !== 0;
  if (qos > 1) throw new Error('a sink publishes with QoS 0 or 1');
  check(qos === 1 || !isDuplicate, 'no DUP with QoS 0');
  const topic = body.text();
  checkTopic(topic);
  const packetId = qos === 0 ? 0 : body.uint16();
  check(qos === 0 || packetId > 0, 'a packet id is not 0');
  const userProperties = level === 5 ? readProperties(body, PUBLISH_PROPERTIES) : {};
  return {
    ...{ kind: 'publish', packetId, qos: qos === 0 ? 0 : 1, isDuplicate, isRetained, topic, userProperties },
    payload: body.rest(),
  };
}

function readSubscribe(body: Reader, level: ProtocolLevel): ClientPacket {
  const packetId = body.uint16();
  check(packetId > 0, 'a packet id is not 0');
  if (level === 5) readProperties(body, SUBSCRIBE_PROPERTIES);
  let filterCount = 0;
  for (; !body.isAtEnd; filterCount++) {
    check(body.text() !== '', 'a topic filter is not empty');
    const options = body.byte();
    check((options & 3) < 3 && (options & (level === 5 ? 0xc0 : 0xfc)) === 0, 'options of SUBSCRIBE that are reserved');
  }
  check(filterCount > 0, 'SUBSCRIBE asks for something');
  return { kind: 'subscribe', packetId, filterCount };
}

type FieldKind = 'bit' | 'uint16' | 'uint32' | 'text' | 'binary' | 'pair';

/** Which properties a packet of a client may have. @see MQTT 5.0, section 2.2.2.2 */
type PropertyTable = Readonly<Record<number, FieldKind>>;

const USER_PROPERTY = 0x26;
const CONNECT_PROPERTIES: PropertyTable = {
  ...{ 17: 'uint32', 33: 'uint16', 39: 'uint32', 34: 'uint16', 25: 'bit', 23: 'bit', 38: 'pair', 21: 'text' },
  22: 'binary',
};
const WILL_PROPERTIES: PropertyTable = {
  ...{ 24: 'uint32', 1: 'bit', 2: 'uint32', 3: 'text', 8: 'text', 9: 'binary', 38: 'pair' },
};
// No alias: the hub grants none.
const PUBLISH_PROPERTIES: PropertyTable = { 1: 'bit', 2: 'uint32', 3: 'text', 8: 'text', 9: 'binary', 38: 'pair' };
const SUBSCRIBE_PROPERTIES: PropertyTable = { 38: 'pair' };
const PUBACK_PROPERTIES: PropertyTable = { 31: 'text', 38: 'pair' };
const DISCONNECT_PROPERTIES: PropertyTable = { 17: 'uint32', 31: 'text', 38: 'pair' };

/** @returns the user properties */
function readProperties(body: Reader, table: PropertyTable): Readonly<Record<string, string>> {
  const properties = body.part(body.varint());
  const seen = new Set<number>();
  const userProperties: Record<string, string> = {};
  while (!properties.isAtEnd) {
    const id = properties.byte();
    const kind = table[id];
    if (kind === undefined) throw new Error(`property ${id} does not belong there`);
    check(id === USER_PROPERTY || !seen.has(id), `property ${id} comes once`);
    seen.add(id);
    if (kind === 'pair') userProperties[properties.text()] = properties.text();
    else if (kind === 'bit') check(properties.byte() <= 1, `property ${id} is 0 or 1`);
    else properties[kind]();
  }
  return userProperties;
}

/** Takes a body apart from the front. */
class Reader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  byte(): number {
    return this.#take(1).readUInt8();
  }

  uint16(): number {
    return this.#take(2).readUInt16BE();
  }

  uint32(): number {
    return this.#take(4).readUInt32BE();
  }

  varint(): number {
    let value = 0;
    for (let power = 0; power < MAX_LENGTH_BYTES; power++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 128 ** power;
      if (byte >= 0x80) continue;
      check(power === 0 || byte > 0, 'a length is written in as few bytes as it needs');
      return value;
    }
    throw new Error('a length has at most four bytes');
  }

  binary(): Buffer {
    return this.#take(this.uint16());
  }

  text(): string {
    const bytes = this.binary();
    check(isUtf8(bytes) && !bytes.includes(0), 'a string is UTF-8 without NUL');
    return bytes.toString();
  }

  part(length: number): Reader {
    return new Reader(this.#take(length));
  }

  rest(): Buffer {
    return this.#take(this.#bytes.length - this.#offset);
  }

  #take(length: number): Buffer {
    const end = this.#offset + length;
    check(end <= this.#bytes.length, 'no field is longer than its packet');
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }
}

function checkTopic(topic: string): void {
  check(topic !== '' && !/[+#]/.test(topic), 'a topic is not empty and has no wildcards');
}

function check(isSo: boolean, rule: string): void {
  if (!isSo) throw new Error(rule);
}
