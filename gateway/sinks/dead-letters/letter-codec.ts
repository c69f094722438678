import { decodeRecord, encodeRecord, QUALITIES } from '#gateway/journal/record-codec.ts';
import { WireReader, type WireRejection, wireTag } from '#gateway/journal/wire-reader.ts';
import { WIRE_DELIMITED, WIRE_FIXED64, WIRE_VARINT, WireWriter } from '#gateway/journal/wire-writer.ts';
import type { EventRecord, Stamp } from '#gateway/model/message.ts';
import { isSlug, parseEpoch, parseStreamId } from '#gateway/model/names.ts';
import type { Letter } from './letter.ts';

/** A letter as the Protocol Buffers message `DeadLetter` of `docs/journal-format.md`. */
export function encodeLetter(letter: Letter): Buffer {
  const { stored } = letter;
  const wire = new WireWriter(INITIAL_BYTES + stored.record.payload.length);
  wire.uint(FIELD.order, letter.order);
  wire.text(FIELD.sink, letter.sink);
  wire.text(FIELD.stream, stored.stream);
  wire.fixed64(FIELD.epoch, stored.epoch);
  wire.uint(FIELD.sequence, stored.sequence);
  if (stored.firstLost !== undefined) wire.uint(FIELD.firstLost, stored.firstLost);
  embed(wire, FIELD.record, stored.record.payload.length + TYPICAL_RECORD_BYTES, () =>
    encodeRecord(stored.record, wire),
  );
  if (stored.record.journalTopic !== undefined) wire.text(FIELD.journalTopic, stored.record.journalTopic);
  if (letter.cutBytes > 0) wire.uint(FIELD.cutBytes, letter.cutBytes);
  wire.text(FIELD.code, letter.code);
  wire.text(FIELD.reason, letter.reason);
  wire.uint(FIELD.attempts, letter.attempts);
  embed(wire, FIELD.first, STAMP_BYTES, () => encodeStamp(letter.first, wire));
  embed(wire, FIELD.last, STAMP_BYTES, () => encodeStamp(letter.last, wire));
  return wire.message();
}

/** Why bytes are no letter. */
export type LetterRejection = WireRejection | 'bad-name' | 'no-record';

/** The inverse of {@link encodeLetter}. The payload is a view of `bytes`. Fields of a newer version are passed over. */
export function decodeLetter(bytes: Buffer): Letter | LetterRejection {
  const draft: LetterDraft = { ...EMPTY };
  const read = new WireReader(bytes);
  while (read.next()) if (!readField(read, draft)) read.skip();
  const { stream: streamText, epoch: epochText, sequence, firstLost, record, journalTopic, ...letter } = draft;
  if (read.rejection !== undefined) return read.rejection;
  if (record === undefined) return 'no-record';
  if (typeof record === 'string') return record;
  const stream = parseStreamId(streamText);
  const epoch = parseEpoch(epochText);
  if (stream === undefined || epoch === undefined || !isSlug(letter.sink)) return 'bad-name';
  const place = { stream, epoch, sequence, ...(firstLost === undefined ? {} : { firstLost }) };
  const shaped = journalTopic === undefined ? record : { ...record, journalTopic };
  return { ...letter, stored: { ...place, record: shaped } };
}

/** Where a letter stands among all, and whether its event is kept; of the rest no more than that it is there. See {@link decodeLetter}. */
export function peekLetter(bytes: Buffer): LetterPlace | LetterRejection {
  let order = 0;
  let cutBytes = 0;
  let hasRecord = false;
  const read = new WireReader(bytes);
  while (read.next()) {
    if (read.tag === TAG.order) order = read.uint();
    else if (read.tag === TAG.cutBytes) cutBytes = read.uint();
    else {
      hasRecord ||= read.tag === TAG.record;
      read.skip();
    }
  }
  return read.rejection ?? (hasRecord ? { order, isCut: cutBytes > 0 } : 'no-record');
}

/** What is known of a letter without reading its event. */
export interface LetterPlace {
  readonly order: number;
  readonly isCut: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface LetterDraft extends Mutable<Omit<Letter, 'stored'>> {
  stream: string;
  epoch: string;
  sequence: number;
  firstLost?: number;
  record?: EventRecord | WireRejection;
  journalTopic?: string;
}

function readField(read: WireReader, draft: LetterDraft): boolean {
  switch (read.tag) {
    case TAG.order:
      draft.order = read.uint();
      return true;
    case TAG.sink:
      draft.sink = read.text();
      return true;
    case TAG.stream:
      draft.stream = read.text();
      return true;
    case TAG.epoch:
      draft.epoch = read.fixed64();
      return true;
    case TAG.sequence:
      draft.sequence = read.uint();
      return true;
    case TAG.firstLost:
      draft.firstLost = read.uint();
      return true;
    case TAG.record:
      draft.record = decodeRecord(read.bytes());
      return true;
    default:
      return readRefusal(read, draft);
  }
}

/** What is known of why it is here. */
function readRefusal(read: WireReader, draft: LetterDraft): boolean {
  switch (read.tag) {
    case TAG.journalTopic:
      draft.journalTopic = read.text();
      return true;
    case TAG.cutBytes:
      draft.cutBytes = read.uint();
      return true;
    case TAG.code:
      draft.code = read.text();
      return true;
    case TAG.reason:
      draft.reason = read.text();
      return true;
    case TAG.attempts:
      draft.attempts = read.uint();
      return true;
    case TAG.first:
      draft.first = decodeStamp(read.bytes());
      return true;
    case TAG.last:
      draft.last = decodeStamp(read.bytes());
      return true;
    default:
      return false;
  }
}

function encodeStamp({ wallMs, monotonicMs, clockRun, quality }: Stamp, wire: WireWriter): void {
  wire.sint(STAMP.wallMs, Math.round(wallMs));
  wire.uint(STAMP.monotonicUs, Math.round(monotonicMs * 1000));
  wire.fixed64(STAMP.clockRun, clockRun);
  if (quality !== 'none') wire.uint(STAMP.quality, QUALITIES.indexOf(quality));
}

/** What cannot be read of a time is no reason to give the letter up. */
function decodeStamp(bytes: Buffer): Stamp {
  const stamp: Mutable<Stamp> = { ...NO_STAMP };
  const read = new WireReader(bytes);
  while (read.next()) {
    if (read.tag === wireTag(STAMP.wallMs, WIRE_VARINT)) stamp.wallMs = read.sint();
    else if (read.tag === wireTag(STAMP.monotonicUs, WIRE_VARINT)) stamp.monotonicMs = read.uint() / 1000;
    else if (read.tag === wireTag(STAMP.clockRun, WIRE_FIXED64)) stamp.clockRun = read.fixed64();
    else if (read.tag === wireTag(STAMP.quality, WIRE_VARINT)) stamp.quality = QUALITIES[read.uint()] ?? 'none';
    else read.skip();
  }
  return read.rejection === undefined ? stamp : NO_STAMP;
}

function embed(wire: WireWriter, field: number, expectedBytes: number, write: () => void): void {
  const start = wire.beginMessage(field, expectedBytes);
  write();
  wire.endMessage(start, expectedBytes);
}

/** Field numbers: never reused, never given another meaning. */
const FIELD = {
  order: 1,
  sink: 2,
  stream: 3,
  epoch: 4,
  sequence: 5,
  firstLost: 6,
  record: 7,
  cutBytes: 8,
  code: 9,
  reason: 10,
  attempts: 11,
  first: 12,
  last: 13,
  journalTopic: 14,
} as const;
const STAMP = { wallMs: 1, monotonicUs: 2, clockRun: 3, quality: 4 } as const;

const TAG = {
  order: wireTag(FIELD.order, WIRE_VARINT),
  sink: wireTag(FIELD.sink, WIRE_DELIMITED),
  stream: wireTag(FIELD.stream, WIRE_DELIMITED),
  epoch: wireTag(FIELD.epoch, WIRE_FIXED64),
  sequence: wireTag(FIELD.sequence, WIRE_VARINT),
  firstLost: wireTag(FIELD.firstLost, WIRE_VARINT),
  record: wireTag(FIELD.record, WIRE_DELIMITED),
  cutBytes: wireTag(FIELD.cutBytes, WIRE_VARINT),
  code: wireTag(FIELD.code, WIRE_DELIMITED),
  reason: wireTag(FIELD.reason, WIRE_DELIMITED),
  attempts: wireTag(FIELD.attempts, WIRE_VARINT),
  first: wireTag(FIELD.first, WIRE_DELIMITED),
  last: wireTag(FIELD.last, WIRE_DELIMITED),
  journalTopic: wireTag(FIELD.journalTopic, WIRE_DELIMITED),
} as const;

const INITIAL_BYTES = 1024;
const TYPICAL_RECORD_BYTES = 100;
const STAMP_BYTES = 30;
const NO_STAMP: Stamp = { wallMs: 0, monotonicMs: 0, clockRun: '0'.repeat(16), quality: 'none' };
const EMPTY: LetterDraft = {
  ...{ order: 0, sink: '', stream: '', epoch: '', sequence: 0, cutBytes: 0 },
  ...{ code: '', reason: '', attempts: 0, first: NO_STAMP, last: NO_STAMP },
};
