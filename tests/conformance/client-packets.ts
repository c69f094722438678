/** The packets that a client sends, as bytes: made by hand here, so that no packet is kept from being wrong. */

/** A PUBLISH's quality of service; 3 does not exist and can be sent all the same. */
export type AnyQos = 0 | 1 | 2 | 3;

/** The fields of a CONNECT; what is not given is that of a client with a clean session and no login. */
export interface ConnectFields {
  readonly protocolName?: string;
  readonly protocolLevel?: number;
  /** In place of the flags that the other fields make. */
  readonly flags?: number;
  readonly isClean?: boolean;
  readonly keepAliveSeconds?: number;
  readonly clientId?: string | Buffer;
  readonly will?: WillFields;
  readonly username?: string | Buffer;
  readonly password?: string | Buffer;
}

/** A will. */
export interface WillFields {
  readonly topic: string | Buffer;
  readonly payload?: string | Buffer;
  readonly qos?: AnyQos;
  readonly isRetained?: boolean;
}

/** The fields of a PUBLISH beside topic and payload. */
export interface PublishFields {
  readonly qos?: AnyQos;
  readonly id?: number;
  readonly isRetained?: boolean;
  readonly isDuplicate?: boolean;
}

/** @param header first byte: type and flags */
export function packet(header: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([Buffer.from([header]), remainingLength(body.length), body]);
}

/** Two bytes, most significant first. */
export function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

/** A string or binary field: its length in two bytes, then its bytes. */
export function field(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([uint16(bytes.length), bytes]);
}

export function connect(fields: ConnectFields = {}): Buffer {
  const { protocolName = 'MQTT', protocolLevel = 4, keepAliveSeconds = 0, clientId = '', will } = fields;
  const header = [field(protocolName), Buffer.from([protocolLevel, fields.flags ?? flagsOf(fields)])];
  const payload = [field(clientId)];
  if (will !== undefined) payload.push(field(will.topic), field(will.payload ?? ''));
  if (fields.username !== undefined) payload.push(field(fields.username));
  if (fields.password !== undefined) payload.push(field(fields.password));
  return packet(0x10, ...header, uint16(keepAliveSeconds), ...payload);
}

export function publish(topic: string | Buffer, payload: string | Buffer = '', fields: PublishFields = {}): Buffer {
  const { qos = 0, id, isRetained = false, isDuplicate = false } = fields;
  const header = 0x30 | (isDuplicate ? 8 : 0) | (qos << 1) | (isRetained ? 1 : 0);
  return packet(header, field(topic), ...(id === undefined ? [] : [uint16(id)]), payload);
}

export function subscribe(id: number, ...wanted: readonly (readonly [filter: string | Buffer, qos: number])[]): Buffer {
  return packet(0x82, uint16(id), ...wanted.flatMap(([filter, qos]) => [field(filter), Buffer.from([qos])]));
}

export function unsubscribe(id: number, ...filters: readonly (string | Buffer)[]): Buffer {
  return packet(0xa2, uint16(id), ...filters.map(field));
}

export const puback = (id: number): Buffer => packet(0x40, uint16(id));
export const pubrec = (id: number): Buffer => packet(0x50, uint16(id));
export const pubrel = (id: number): Buffer => packet(0x62, uint16(id));
export const pubcomp = (id: number): Buffer => packet(0x70, uint16(id));
export const PINGREQ = packet(0xc0);
export const DISCONNECT = packet(0xe0);

/** The same packet with another first byte. */
export function withHeader(header: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([header]), bytes.subarray(1)]);
}

function flagsOf({ isClean = true, will, username, password }: ConnectFields): number {
  const willFlags = will === undefined ? 0 : 0x04 | ((will.qos ?? 0) << 3) | (will.isRetained ? 0x20 : 0);
  return (isClean ? 0x02 : 0) | willFlags | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40);
}

function remainingLength(sizeBytes: number): Buffer {
  const bytes: number[] = [];
  let rest = sizeBytes;
  do {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}
