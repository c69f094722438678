import type { ClockQuality, EventRecord, Message, QoS } from '#gateway/model/message.ts';
import { WireReader, type WireRejection, wireTag } from './wire-reader.ts';
import { WIRE_DELIMITED, WIRE_FIXED64, WIRE_VARINT, type WireWriter } from './wire-writer.ts';

/**
 * Appends a record as the Protocol Buffers message `EventRecord` of `docs/journal-format.md`. Fields at their default are left
 * out; fields of a newer version go back as they came.
 */
export function encodeRecord(record: EventRecord, wire: WireWriter): void {
  const { stamp } = record;
  wire.text(FIELD.topic, record.topic);
  wire.bytes(FIELD.payload, record.payload);
  wire.sint(FIELD.wallMs, Math.round(stamp.wallMs));
  wire.uint(FIELD.monotonicUs, Math.round(stamp.monotonicMs * 1000));
  wire.fixed64(FIELD.clockRun, stamp.clockRun);
  if (stamp.quality !== 'none') wire.uint(FIELD.quality, QUALITIES.indexOf(stamp.quality));
  encodeOrigin(record, wire);
  if (record.asset !== undefined) wire.text(FIELD.asset, record.asset);
  encodeProperties(record, wire);
  if (record.unknownFields !== undefined) wire.raw(record.unknownFields);
}

/** Appends a message that has no stamp: the same fields, for what is kept beside the events. {@link decodeRecord} reads it too. */
export function encodeMessage(message: Message, wire: WireWriter): void {
  wire.text(FIELD.topic, message.topic);
  wire.bytes(FIELD.payload, message.payload);
  encodeOrigin(message, wire);
  encodeProperties(message, wire);
}

/** Who published, and how. */
function encodeOrigin(message: Message, wire: WireWriter): void {
  if (message.clientId !== '') wire.text(FIELD.clientId, message.clientId);
  if (message.qos !== 0) wire.uint(FIELD.qos, message.qos);
  if (message.isRetained) wire.uint(FIELD.isRetained, 1);
  if (message.isDuplicate) wire.uint(FIELD.isDuplicate, 1);
  if (message.packetId !== undefined) wire.uint(FIELD.packetId, message.packetId);
}

/** What MQTT 5 and the rules add; most records have none of it. */
function encodeProperties(record: Message, wire: WireWriter): void {
  if (record.expirySeconds !== undefined) wire.uint(FIELD.expirySeconds, record.expirySeconds);
  if (record.payloadFormat !== undefined) wire.uint(FIELD.payloadFormat, FORMATS.indexOf(record.payloadFormat));
  if (record.contentType !== undefined) wire.text(FIELD.contentType, record.contentType);
  if (record.correlationData !== undefined) wire.bytes(FIELD.correlationData, record.correlationData);
  if (record.responseTopic !== undefined) wire.text(FIELD.responseTopic, record.responseTopic);
  if (record.hopCount !== undefined) wire.uint(FIELD.hopCount, record.hopCount);
  if (record.traceParent !== undefined) wire.text(FIELD.traceParent, record.traceParent);
  for (const [name, value] of record.userProperties ?? []) {
    const expectedBytes = name.length + value.length + 4;
    const start = wire.beginMessage(FIELD.userProperty, expectedBytes);
    wire.text(1, name);
    wire.text(2, value);
    wire.endMessage(start, expectedBytes);
  }
}

/**
 * The inverse of {@link encodeRecord}. Byte fields are views of `bytes`.
 *
 * @returns the record, or the reason why there is none
 */
export function decodeRecord(bytes: Buffer): EventRecord | WireRejection {
  return readRecord(new WireReader(bytes));
}

/** As {@link decodeRecord}, of a record that stands among others. */
export function readRecord(read: WireReader): EventRecord | WireRejection {
  const draft: RecordDraft = { record: emptyRecord(), hasUnknownValue: false };
  const unknown: Buffer[] = [];
  while (read.next()) {
    if (!readField(read, draft) && !readProperty(read, draft)) {
      read.skip();
      unknown.push(read.field());
    }
    // A value that this version has no word for is an unknown field too.
    if (draft.hasUnknownValue) {
      unknown.push(read.field());
      draft.hasUnknownValue = false;
    }
  }
  if (read.rejection !== undefined) return read.rejection;
  return unknown.length === 0 ? draft.record : { ...draft.record, unknownFields: Buffer.concat(unknown) };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
interface MutableRecord extends Mutable<Omit<EventRecord, 'stamp' | 'userProperties'>> {
  readonly stamp: Mutable<EventRecord['stamp']>;
  userProperties?: (readonly [name: string, value: string])[];
}

interface RecordDraft {
  readonly record: MutableRecord;
  /** The field just read has a value that this version has no word for. */
  hasUnknownValue: boolean;
}

/** @returns false if the field is none of these; its value is then still to be read */
function readField(read: WireReader, draft: RecordDraft): boolean {
  const { record } = draft;
  switch (read.tag) {
    case TAG.topic:
      record.topic = read.text();
      return true;
    case TAG.payload:
      record.payload = read.bytes();
      return true;
    case TAG.wallMs:
      record.stamp.wallMs = read.sint();
      return true;
    case TAG.monotonicUs:
      record.stamp.monotonicMs = read.uint() / 1000;
      return true;
    case TAG.clockRun:
      record.stamp.clockRun = read.fixed64();
      return true;
    case TAG.quality:
      record.stamp.quality = known(QUALITIES[read.uint()], 'none', draft);
      return true;
    case TAG.clientId:
      record.clientId = read.text();
      return true;
    case TAG.qos:
      record.qos = known(QOS[read.uint()], 0, draft);
      return true;
    case TAG.isRetained:
      record.isRetained = read.uint() !== 0;
      return true;
    case TAG.isDuplicate:
      record.isDuplicate = read.uint() !== 0;
      return true;
    case TAG.packetId:
      record.packetId = read.uint();
      return true;
    case TAG.asset:
      record.asset = read.text();
      return true;
    default:
      return false;
  }
}

function readProperty(read: WireReader, draft: RecordDraft): boolean {
  const { record } = draft;
  switch (read.tag) {
    case TAG.expirySeconds:
      record.expirySeconds = read.uint();
      return true;
    case TAG.payloadFormat:
      readPayloadFormat(read.uint(), draft);
      return true;
    case TAG.contentType:
      record.contentType = read.text();
      return true;
    case TAG.userProperty:
      record.userProperties ??= [];
      record.userProperties.push(readUserProperty(read.bytes()));
      return true;
    case TAG.correlationData:
      record.correlationData = read.bytes();
      return true;
    case TAG.responseTopic:
      record.responseTopic = read.text();
      return true;
    case TAG.hopCount:
      record.hopCount = read.uint();
      return true;
    case TAG.traceParent:
      record.traceParent = read.text();
      return true;
    default:
      return false;
  }
}

function readPayloadFormat(value: number, draft: RecordDraft): void {
  const format = FORMATS[value];
  if (format === undefined) draft.hasUnknownValue = true;
  else draft.record.payloadFormat = format;
}

function readUserProperty(bytes: Buffer): readonly [string, string] {
  let name = '';
  let value = '';
  const read = new WireReader(bytes);
  while (read.next()) {
    if (read.tag === wireTag(1, WIRE_DELIMITED)) name = read.text();
    else if (read.tag === wireTag(2, WIRE_DELIMITED)) value = read.text();
    else read.skip();
  }
  return [name, value];
}

function known<T>(value: T | undefined, fallback: T, draft: RecordDraft): T {
  if (value === undefined) draft.hasUnknownValue = true;
  return value ?? fallback;
}

/** Field numbers: never reused, never given another meaning. */
const FIELD = {
  topic: 1,
  payload: 2,
  wallMs: 3,
  monotonicUs: 4,
  clockRun: 5,
  quality: 6,
  clientId: 7,
  qos: 8,
  isRetained: 9,
  isDuplicate: 10,
  packetId: 11,
  expirySeconds: 12,
  payloadFormat: 13,
  contentType: 14,
  userProperty: 15,
  correlationData: 16,
  responseTopic: 17,
  hopCount: 18,
  traceParent: 19,
  asset: 20,
} as const;

const TAG = {
  topic: wireTag(FIELD.topic, WIRE_DELIMITED),
  payload: wireTag(FIELD.payload, WIRE_DELIMITED),
  wallMs: wireTag(FIELD.wallMs, WIRE_VARINT),
  monotonicUs: wireTag(FIELD.monotonicUs, WIRE_VARINT),
  clockRun: wireTag(FIELD.clockRun, WIRE_FIXED64),
  quality: wireTag(FIELD.quality, WIRE_VARINT),
  clientId: wireTag(FIELD.clientId, WIRE_DELIMITED),
  qos: wireTag(FIELD.qos, WIRE_VARINT),
  isRetained: wireTag(FIELD.isRetained, WIRE_VARINT),
  isDuplicate: wireTag(FIELD.isDuplicate, WIRE_VARINT),
  packetId: wireTag(FIELD.packetId, WIRE_VARINT),
  expirySeconds: wireTag(FIELD.expirySeconds, WIRE_VARINT),
  payloadFormat: wireTag(FIELD.payloadFormat, WIRE_VARINT),
  contentType: wireTag(FIELD.contentType, WIRE_DELIMITED),
  userProperty: wireTag(FIELD.userProperty, WIRE_DELIMITED),
  correlationData: wireTag(FIELD.correlationData, WIRE_DELIMITED),
  responseTopic: wireTag(FIELD.responseTopic, WIRE_DELIMITED),
  hopCount: wireTag(FIELD.hopCount, WIRE_VARINT),
  traceParent: wireTag(FIELD.traceParent, WIRE_DELIMITED),
  asset: wireTag(FIELD.asset, WIRE_DELIMITED),
} as const;

// Places in these lists are the numbers on disk.
export const QUALITIES: readonly ClockQuality[] = ['none', 'system', 'ntp', 'gnss'];
const QOS: readonly QoS[] = [0, 1, 2];
const FORMATS: readonly (EventRecord['payloadFormat'] | undefined)[] = [undefined, 'bytes', 'utf8'];

const EMPTY = Buffer.alloc(0);

/** Every field at its default. */
function emptyRecord(): MutableRecord {
  return {
    topic: '',
    payload: EMPTY,
    qos: 0,
    isRetained: false,
    isDuplicate: false,
    clientId: '',
    stamp: { wallMs: 0, monotonicMs: 0, clockRun: '0000000000000000', quality: 'none' },
  };
}
