import { zstdDecompressSync } from 'node:zlib';
import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import {
  BATCH_VERSIONS,
  type Batch,
  type BatchEvent,
  MAX_BATCH_EVENTS,
  MAX_UNPACKED_BYTES,
  MAX_UNPACKED_VALUES,
} from './batch.ts';
import { readShapes, type ShapeFault } from './columns/read-shapes.ts';
import { SHAPE_SEPARATOR } from './columns/separators.ts';
import { countValues, elementExtents, extentAt, memberExtents } from './json-extents.ts';

/** Why bytes are no batch that this version can read. */
export type BatchFault =
  /** No zstd, cut short, or damaged. */
  | 'not-zstd'
  /** It grows beyond {@link MAX_UNPACKED_BYTES}, or has more than {@link MAX_BATCH_EVENTS} events or {@link MAX_UNPACKED_VALUES} values. */
  | 'too-large'
  | 'not-utf8'
  | 'not-json'
  | 'not-a-batch'
  /** Of a newer gateway. */
  | 'unknown-version'
  /** The same name twice in an object: what one reader takes, another does not. */
  | 'duplicate-key'
  /** A member that is missing, or of another kind. */
  | 'wrong-member'
  /** Not rising, or outside of what the batch says that it covers. */
  | 'wrong-sequence'
  | 'wrong-payload'
  /** Of columns that are not as many or as long as their shape needs, or cannot be spelled out. */
  | 'wrong-column';

/** Reads the payload of a publish on `…/batch/<stream>`. Bounded in memory, and never throws. @see `docs/batch-format.md` */
export function unpackBatch(compressed: Uint8Array): Decoded<Batch, BatchFault> {
  const json = decompress(compressed);
  return json.isDecoded ? readBatch(json.value) : json;
}

/** Reads a batch that is not compressed: JSON, or JSON and shapes. */
export function readBatch(batch: Uint8Array): Decoded<Batch, BatchFault> {
  const text = decodeText(batch);
  if (text === undefined) return rejected('not-utf8');
  // JSON cannot hold it.
  const headSize = text.indexOf(SHAPE_SEPARATOR);
  const head = headSize === -1 ? batch : batch.subarray(0, batch.indexOf(SHAPE_SEPARATOR.charCodeAt(0)));
  if (countValues(head) > MAX_UNPACKED_VALUES) return rejected('too-large');
  const value = parseJson(headSize === -1 ? text : text.slice(0, headSize));
  if (value === undefined) return rejected('not-json');
  if (!isObject(value.parsed)) return rejected('not-a-batch');
  const { v, gateway, stream, epoch, from, to, prev, replayed, ...rest } = value.parsed;
  if (!isCount(v)) return rejected('not-a-batch');
  if (v > BATCH_VERSIONS.columns) return rejected('unknown-version');
  const places = placesOf(batch, extentAt(batch, 0).start);
  if (places === undefined) return rejected('duplicate-key');
  const isWhole = isText(gateway) && isText(stream) && isText(epoch) && isCount(from) && isCount(to);
  if (!isWhole || !isOneOf(prev, undefined, 'none') || !isOneOf(replayed, undefined, true))
    return rejected('wrong-member');
  if (from > to) return rejected('wrong-sequence');
  const { events: list, ...more } = rest;
  const isShaped = v === BATCH_VERSIONS.columns;
  if (isShaped !== (headSize !== -1)) return rejected('wrong-member');
  const written = isShaped ? readShaped(text.slice(headSize + 1)) : readListed(batch, places.get('events') ?? 0, list);
  if (!written.isDecoded) return written;
  const events = readEvents(written.value, from, to);
  if (!events.isDecoded) return events;
  const about = { gateway, stream, epoch, from, to, opensChain: prev === 'none', isReplayed: replayed === true };
  return decoded({ ...about, events: events.value, extra: isShaped ? rest : more });
}

/** The JSON of an event, from `start` on, and what it says. */
interface WrittenEvent {
  readonly json: Uint8Array;
  readonly start: number;
  readonly parsed: unknown;
}

/** The events of an array at `start`, in the order in which they stand there. */
function readListed(
  json: Uint8Array,
  start: number,
  events: unknown,
): Decoded<readonly WrittenEvent[], 'wrong-member' | 'too-large'> {
  if (!Array.isArray(events) || events.length === 0) return rejected('wrong-member');
  if (events.length > MAX_BATCH_EVENTS) return rejected('too-large');
  const places = elementExtents(json, start);
  return decoded(events.map((parsed, index) => ({ json, start: places[index]?.start ?? start, parsed })));
}

/** The events of shapes, by rising sequence. */
function readShaped(shapes: string): Decoded<readonly WrittenEvent[], ShapeFault | 'not-json'> {
  const texts = readShapes(shapes);
  if (!texts.isDecoded) return texts;
  const events: WrittenEvent[] = [];
  let leftValues = MAX_UNPACKED_VALUES;
  for (const text of texts.value) {
    const json = Buffer.from(text);
    leftValues -= countValues(json);
    if (leftValues < 0) return rejected('too-large');
    const value = parseJson(text);
    if (value === undefined) return rejected('not-json');
    events.push({ json, start: 0, parsed: value.parsed });
  }
  return decoded(events.sort((one, other) => sequenceOf(one) - sequenceOf(other)));
}

/** 0 for what is no event: it is refused when it is read. */
function sequenceOf({ parsed }: WrittenEvent): number {
  const sequence = isObject(parsed) ? parsed['seq'] : undefined;
  return isCount(sequence) ? sequence : 0;
}

function readEvents(
  written: readonly WrittenEvent[],
  from: number,
  to: number,
): Decoded<readonly BatchEvent[], BatchFault> {
  const events: BatchEvent[] = [];
  let expected = from;
  for (const { json, start, parsed } of written) {
    const event = readEvent(json, start, parsed);
    if (!event.isDecoded) return event;
    const { sequence, firstLost = sequence } = event.value;
    if (firstLost < expected || sequence > to) return rejected('wrong-sequence');
    expected = sequence + 1;
    events.push(event.value);
  }
  return decoded(events);
}

function readEvent(json: Uint8Array, start: number, value: unknown): Decoded<BatchEvent, BatchFault> {
  if (!isObject(value)) return rejected('wrong-member');
  const {
    seq,
    first,
    time,
    timebasis,
    timeearliest,
    timelatest,
    contentType,
    topic,
    payload,
    payloadBase64,
    ...extra
  } = value;
  const places = placesOf(json, start);
  if (places === undefined) return rejected('duplicate-key');
  if (!isCount(seq) || !isOptional(first, isCount) || typeof topic !== 'string') return rejected('wrong-member');
  if (first !== undefined && first > seq) return rejected('wrong-sequence');
  const texts = { time, timeBasis: timebasis, timeEarliest: timeearliest, timeLatest: timelatest, contentType };
  if (!Object.values(texts).every((text) => isOptional(text, isText))) return rejected('wrong-member');
  const bytes = readPayload(json, places.get('payload'), payloadBase64);
  if (bytes === undefined) return rejected('wrong-payload');
  const stated = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
  const lost = first === undefined ? {} : { firstLost: first };
  return decoded({ sequence: seq, ...lost, ...stated, topic, payload: bytes, extra });
}

/** One of the two must be there: JSON as it was written, or base64 of anything. */
function readPayload(json: Uint8Array, place: number | undefined, base64: unknown): Uint8Array | undefined {
  if (place !== undefined) {
    if (base64 !== undefined) return undefined;
    const { start, end } = extentAt(json, place);
    return new Uint8Array(json.subarray(start, end));
  }
  if (typeof base64 !== 'string') return undefined;
  const bytes = Buffer.from(base64, 'base64');
  // Node passes over what is no base64.
  return bytes.toString('base64') === base64 ? Uint8Array.from(bytes) : undefined;
}

/** Where the value of each member begins; undefined when a name is there twice. */
function placesOf(json: Uint8Array, start: number): ReadonlyMap<string, number> | undefined {
  const places = new Map<string, number>();
  for (const { name, value } of memberExtents(json, start)) {
    const key: unknown = JSON.parse(textDecoder.decode(json.subarray(name.start, name.end)));
    if (typeof key !== 'string' || places.has(key)) return undefined;
    places.set(key, value.start);
  }
  return places;
}

function decompress(compressed: Uint8Array): Decoded<Buffer, BatchFault> {
  try {
    return decoded(zstdDecompressSync(compressed, { maxOutputLength: MAX_UNPACKED_BYTES }));
  } catch (error) {
    const isBomb = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return rejected(isBomb ? 'too-large' : 'not-zstd');
  }
}

const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return textDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): { readonly parsed: unknown } | undefined {
  try {
    return { parsed: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Sequences and versions begin at 1. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function isOptional<T>(value: unknown, isKind: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || isKind(value);
}

function isOneOf(value: unknown, ...allowed: readonly unknown[]): boolean {
  return allowed.includes(value);
}
