import { isUtf8 } from 'node:buffer';

/** Why a whole packet of a client is not one of MQTT 3.1.1. */
export type PacketFault = 'malformedPacket' | 'unsupportedProtocol';

/**
 * Judges one whole packet of a client before any parser takes it for what it seems to be: every fixed bit, every length, every
 * packet id and every text [MQTT-1.5.3-1, MQTT-1.5.3-2, MQTT-2.2.2-2, MQTT-2.3.1-1, MQTT-3.1.4-1, MQTT-4.8.0-1].
 *
 * Of a PUBLISH only the flags: it comes too often to be read twice, and its topic is judged with the rights of the client.
 *
 * @param start of the fixed header
 * @param end of the packet
 */
export function packetFault(bytes: Buffer, start: number, end: number): PacketFault | undefined {
  const header = bytes[start] ?? 0;
  if (header >> 4 === PUBLISH_TYPE) return (header & DUP_AND_QOS) === DUP_OF_QOS_0 ? 'malformedPacket' : undefined;
  let bodyStart = start + 1;
  while ((bytes[bodyStart] ?? 0) >= 0x80) bodyStart++;
  bodyStart++;
  switch (header) {
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
      return faultUnless(end - bodyStart === 2 && isPacketId(bytes, bodyStart));
    case PINGREQ:
    case DISCONNECT:
      return faultUnless(end === bodyStart);
    case SUBSCRIBE:
      return faultUnless(isPacketId(bytes, bodyStart) && hasFilters(new Fields(bytes, bodyStart + 2, end), true));
    case UNSUBSCRIBE:
      return faultUnless(isPacketId(bytes, bodyStart) && hasFilters(new Fields(bytes, bodyStart + 2, end), false));
    case CONNECT:
      return connectFault(new Fields(bytes, bodyStart, end));
    default:
      return 'malformedPacket';
  }
}

function faultUnless(isRight: boolean): PacketFault | undefined {
  return isRight ? undefined : 'malformedPacket';
}

function isPacketId(bytes: Buffer, at: number): boolean {
  return ((bytes[at] ?? 0) | (bytes[at + 1] ?? 0)) !== 0;
}

/** One filter at least [MQTT-3.8.3-3, MQTT-3.10.3-2]. */
function hasFilters(fields: Fields, haveQos: boolean): boolean {
  do {
    const filter = fields.field();
    if (filter === undefined || !isText(filter) || !isFilter(filter)) return false;
    // Reserved bits and QoS 3 at once [MQTT-3.8.3-4].
    if (haveQos && (fields.byte() ?? 3) > 2) return false;
  } while (!fields.isAtEnd);
  return true;
}

/**
 * ```text
 * protocol name, level, flags, keep-alive time; then client id, will topic, will message, user name, password
 * flags: user name 80, password 40, will retain 20, will QoS 18, will 04, clean session 02, reserved 01
 * ```
 * @see MQTT 3.1.1, section 3.1
 */
function connectFault(fields: Fields): PacketFault | undefined {
  const name = fields.field()?.toString('latin1');
  const level = fields.byte();
  if ((name !== 'MQTT' && name !== 'MQIsdp') || level === undefined) return 'malformedPacket';
  // Of MQTT 5 the gate says no, by the client's name.
  if (name === 'MQTT' && level === 5) return undefined;
  if (level !== (name === 'MQTT' ? 4 : 3)) return 'unsupportedProtocol';
  const flags = fields.byte();
  const keepAlive = fields.skip(2);
  return faultUnless(flags !== undefined && keepAlive && areFlags(flags) && hasConnectPayload(fields, flags));
}

/** [MQTT-3.1.2-3, MQTT-3.1.2-11 to -15, MQTT-3.1.2-22] */
function areFlags(flags: number): boolean {
  const willQos = (flags >> 3) & 3;
  const isWillSound = (flags & WILL) !== 0 ? willQos < 3 : (flags & WILL_DETAILS) === 0;
  const isLoginSound = (flags & PASSWORD) === 0 || (flags & USER_NAME) !== 0;
  return (flags & RESERVED) === 0 && isWillSound && isLoginSound;
}

function hasConnectPayload(fields: Fields, flags: number): boolean {
  const hasText = (): boolean => {
    const text = fields.field();
    return text !== undefined && isText(text);
  };
  if (!hasText()) return false;
  if ((flags & WILL) !== 0 && !(hasText() && fields.field() !== undefined)) return false;
  if ((flags & USER_NAME) !== 0 && !hasText()) return false;
  if ((flags & PASSWORD) !== 0 && fields.field() === undefined) return false;
  return fields.isAtEnd;
}

/** Not empty, each wildcard alone in its level, and # in the last [MQTT-4.7.1-2, MQTT-4.7.1-3, MQTT-4.7.3-1]. */
function isFilter(bytes: Buffer): boolean {
  for (const [index, byte] of bytes.entries()) {
    if (byte !== PLUS && byte !== HASH) continue;
    const isAlone = (bytes[index - 1] ?? SLASH) === SLASH && (bytes[index + 1] ?? SLASH) === SLASH;
    if (!isAlone || (byte === HASH && index < bytes.length - 1)) return false;
  }
  return bytes.length > 0;
}

function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}

/** Reads the fields of one packet, one after the other; undefined where one does not fit into it. */
class Fields {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  byte(): number | undefined {
    return this.skip(1) ? this.#bytes[this.#at - 1] : undefined;
  }

  /** Behind a length of two bytes. */
  field(): Buffer | undefined {
    if (!this.skip(2)) return undefined;
    const length = this.#bytes.readUInt16BE(this.#at - 2);
    return this.skip(length) ? this.#bytes.subarray(this.#at - length, this.#at) : undefined;
  }

  /** @returns whether there were so many bytes */
  skip(count: number): boolean {
    if (this.#at + count > this.#end) return false;
    this.#at += count;
    return true;
  }
}

const PLUS = 0x2b;
const HASH = 0x23;
const SLASH = 0x2f;
const PUBLISH_TYPE = 3;
const DUP_AND_QOS = 0x0e;
const DUP_OF_QOS_0 = 0x08;
// First bytes: the type and the only flags that it may have.
const CONNECT = 0x10;
const PUBACK = 0x40;
const PUBREC = 0x50;
const PUBREL = 0x62;
const PUBCOMP = 0x70;
const SUBSCRIBE = 0x82;
const UNSUBSCRIBE = 0xa2;
const PINGREQ = 0xc0;
const DISCONNECT = 0xe0;
// Flags of CONNECT.
const RESERVED = 0x01;
const WILL = 0x04;
const WILL_DETAILS = 0x38;
const PASSWORD = 0x40;
const USER_NAME = 0x80;
