import { WireReader, type WireRejection, wireTag } from '#gateway/journal/wire-reader.ts';
import { WIRE_DELIMITED, WIRE_VARINT, WireWriter } from '#gateway/journal/wire-writer.ts';
import type { EventRecord, Stamp } from '#gateway/model/message.ts';

/** A key and its new value; undefined where it is deleted. */
export type StateChange = readonly [key: string, value: Uint8Array | undefined];

/**
 * One record of the log. A write of the owner is one record or several, its parts, and counts only as a whole; what was copied to
 * keep the log short counts by itself.
 */
export interface StateRecord {
  readonly changes: readonly StoredChange[];
  /** Which part of its write; 0 begins one. Undefined for copies. */
  readonly part: number | undefined;
  /** Whether the write is whole with it. */
  readonly isLast: boolean;
}

/** A change as it was read. */
export interface StoredChange {
  readonly key: string;
  /** A view of what was read; undefined where the key is deleted. */
  readonly value: Buffer | undefined;
  /** What it takes in its record. */
  readonly sizeBytes: number;
}

/** A record that is ready to be appended. */
export interface EncodedStateRecord {
  readonly record: EventRecord;
  readonly sizeBytes: number;
  /** By key, what each change takes; 0 where the key is deleted. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** As what changes are appended. */
export interface StateRecordKind {
  readonly stamp: Stamp;
  /** Whether they are copies, not a write. */
  readonly isCopy: boolean;
  /** What one record holds, unless a single change is larger. */
  readonly maxRecordBytes: number;
}

/** Packs changes into records. The payload of one is valid until the next is asked for. */
export function* encodeStateRecords(
  changes: Iterable<StateChange>,
  { stamp, isCopy, maxRecordBytes }: StateRecordKind,
): Generator<EncodedStateRecord> {
  const wire = new WireWriter(INITIAL_BYTES);
  let sizes = new Map<string, number>();
  let part = 0;
  const finish = (isLast: boolean): EncodedStateRecord => {
    if (!isCopy) wire.uint(RECORD.part, part++);
    if (isLast) wire.uint(RECORD.isLast, 1);
    const payload = wire.message();
    return { record: recordOf(payload, stamp, isCopy), sizeBytes: payload.length, sizes };
  };
  for (const [key, value] of changes) {
    const isFull = wire.sizeBytes + key.length + (value?.length ?? 0) > maxRecordBytes;
    if (isFull && sizes.size > 0) {
      yield finish(false);
      wire.truncate(0);
      sizes = new Map();
    }
    const before = wire.sizeBytes;
    const expectedBytes = key.length + (value?.length ?? 0) + TYPICAL_OVERHEAD_BYTES;
    const start = wire.beginMessage(RECORD.change, expectedBytes);
    wire.text(CHANGE.key, key);
    if (value !== undefined) wire.bytes(CHANGE.value, value);
    wire.endMessage(start, expectedBytes);
    sizes.set(key, value === undefined ? 0 : wire.sizeBytes - before);
  }
  if (sizes.size > 0) yield finish(true);
}

/** @returns undefined for a record that is not of the map, such as the one that begins an epoch; or why it cannot be read */
export function decodeStateRecord({ topic, payload }: EventRecord): StateRecord | WireRejection | undefined {
  if (topic !== CHANGES_TOPIC && topic !== COPIES_TOPIC) return undefined;
  const changes: StoredChange[] = [];
  let part = 0;
  let isLast = false;
  const read = new WireReader(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
  while (read.next()) {
    if (read.tag === wireTag(RECORD.change, WIRE_DELIMITED)) {
      const change = decodeChange(read.bytes(), read.field().length);
      if (typeof change === 'string') return change;
      changes.push(change);
    } else if (read.tag === wireTag(RECORD.part, WIRE_VARINT)) part = read.uint();
    else if (read.tag === wireTag(RECORD.isLast, WIRE_VARINT)) isLast = read.uint() > 0;
    else read.skip();
  }
  return read.rejection ?? { changes, part: topic === COPIES_TOPIC ? undefined : part, isLast };
}

function decodeChange(body: Buffer, sizeBytes: number): StoredChange | WireRejection {
  let key = '';
  let value: Buffer | undefined;
  const read = new WireReader(body);
  while (read.next()) {
    if (read.tag === wireTag(CHANGE.key, WIRE_DELIMITED)) key = read.text();
    else if (read.tag === wireTag(CHANGE.value, WIRE_DELIMITED)) value = read.bytes();
    else read.skip();
  }
  return read.rejection ?? { key, value, sizeBytes };
}

function recordOf(payload: Uint8Array, stamp: Stamp, isCopy: boolean): EventRecord {
  const topic = isCopy ? COPIES_TOPIC : CHANGES_TOPIC;
  return { topic, payload, qos: 1, isRetained: false, isDuplicate: false, clientId: '@state', stamp };
}

const CHANGES_TOPIC = 'state/changes';
const COPIES_TOPIC = 'state/copies';
const RECORD = { change: 1, part: 2, isLast: 3 } as const;
const CHANGE = { key: 1, value: 2 } as const;
const INITIAL_BYTES = 4096;
/** Two tags and lengths. */
const TYPICAL_OVERHEAD_BYTES = 6;
