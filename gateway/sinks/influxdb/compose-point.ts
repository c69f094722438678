import type { RepairedTime } from '#gateway/journal/clock-runs.ts';
import type { EventRecord } from '#gateway/model/message.ts';
import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';
import {
  isOwnEvent,
  membersOf,
  OPAQUE_TYPE,
  readJson,
  readText,
  statedTime,
  statedType,
} from '#gateway/sinks/own-event.ts';
import { type Fields, fieldBytes, flattenJson, MAX_FIELD_BYTES, NO_INTEGERS, numberText } from './flatten-json.ts';
import { measurementText, quotedText, tagText } from './line-text.ts';

/** One point, ready to be written. */
export interface Point {
  /** Escaped. */
  readonly measurement: string;
  /** Clean, not escaped; none is empty. */
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Fields;
  /** Microseconds since the Unix epoch. */
  readonly timeUs: number;
}

/** What all points of a sink have in common. */
export interface PointFormat {
  /** The display name: the tag `gateway`. */
  readonly gatewayId: string;
  /** By measurement, the fields whose numbers are integers. */
  readonly integers: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether points say which MQTT client published: each id makes series of its own. They do unless stated. */
  readonly clientTag?: boolean | undefined;
}

/** The year 2255: beyond it microseconds are no exact numbers any more, and soon none that InfluxDB takes. */
const MAX_TIME_MS = 9e12;
const US_PER_MS = 1000;
const DEVICE_TOPIC = /^devices\/([^/]+)\//;
const CAN_MESSAGE = 'can.message';
const GNSS_POSITION = 'gnss.position';
const GNSS_SKY = 'gnss.sky';

/**
 * The point of an event. Pure, and the same for the same record, so that writing it again changes nothing [D2].
 *
 * The microseconds within its millisecond are its sequence modulo 1000: two events of one series in one millisecond stay two
 * points unless a thousand events or more were accepted between them.
 *
 * @returns undefined for an event whose time is not known: InfluxDB would file it under a wrong one
 */
export function composePoint(format: PointFormat, { stored, accepted }: OutgoingEvent): Point | undefined {
  const { record, sequence } = stored;
  const json = readJson(record.payload);
  const event = isOwnEvent(record) ? membersOf(json?.value) : {};
  const type = ordinaryType(statedType(event));
  const time = timeOf(event, accepted);
  if (time === undefined) return undefined;
  const timeUs = time.unixMs * US_PER_MS + (sequence % US_PER_MS);
  const measurement = measurementText(type ?? OPAQUE_TYPE);
  const integers = format.integers.get(type ?? OPAQUE_TYPE) ?? NO_INTEGERS;
  const content = type === undefined ? json?.value : event['data'];
  const origin = { ...originOf(format, record), ...time.tags };
  if (type === undefined) {
    const tags = cleaned({ ...origin, topic: record.topic });
    return { measurement, tags, timeUs, fields: opaqueFields(content, record.payload, integers) };
  }
  // A DBC holds a bounded number of messages, and their signals make no sense together.
  const { message, ...rest } = membersOf(content);
  const isTagged = type === CAN_MESSAGE && typeof message === 'string';
  const tags = cleaned(isTagged ? { ...origin, message } : origin);
  return {
    measurement,
    tags,
    timeUs,
    fields: contentFields(isTagged ? rest : withoutLists(type, content), record.payload, integers),
  };
}

/**
 * Lists of changing length are no columns: a place in one means another satellite each time, and every one would be fields for ever.
 * Satellites are left out, the figures beside them stay; the reasons of a fix become one text.
 */
function withoutLists(type: string, content: unknown): unknown {
  const { satellites: _, ...figures } = membersOf(content);
  if (type === GNSS_SKY) return figures;
  const { reasons } = figures;
  return type === GNSS_POSITION && Array.isArray(reasons) ? { ...figures, reasons: reasons.join(',') } : content;
}

/** A type that would be a measurement that InfluxDB keeps for itself is none: the event is written as an opaque one. */
function ordinaryType(type: string | undefined): string | undefined {
  return type?.startsWith('_') ? undefined : type;
}

/** Bytes of the line of a point, its end included. */
export function pointBytes({ measurement, tags, fields }: Point): number {
  let bytes = Buffer.byteLength(measurement) + MAX_TIME_BYTES;
  for (const [name, value] of Object.entries(tags)) bytes += fieldBytes(name + value, '');
  for (const [name, text] of fields) bytes += fieldBytes(name, text);
  return bytes;
}

/** A space, sixteen digits, a newline. */
const MAX_TIME_BYTES = 18;

/** The event's own time, else that of its acceptance; a tag says where that was reckoned afterwards. */
function timeOf(event: Readonly<Record<string, unknown>>, accepted: RepairedTime): PointTime | undefined {
  const statedMs = Date.parse(statedTime(event) ?? '');
  if (isPointTime(statedMs)) return { unixMs: statedMs, tags: {} };
  const acceptedMs = 'unixMs' in accepted ? Math.trunc(accepted.unixMs) : 0;
  if (!isPointTime(acceptedMs)) return undefined;
  return { unixMs: acceptedMs, tags: accepted.basis === 'repaired' ? { timebasis: accepted.basis } : {} };
}

interface PointTime {
  readonly unixMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

function isPointTime(unixMs: number): boolean {
  return unixMs > 0 && unixMs < MAX_TIME_MS;
}

function originOf(
  { gatewayId: gateway, clientTag = true }: PointFormat,
  { topic, journalTopic = topic, clientId }: EventRecord,
): Readonly<Record<string, string>> {
  const device = DEVICE_TOPIC.exec(journalTopic)?.[1];
  if (device !== undefined) return { gateway, device };
  return clientTag ? { gateway, client: clientId } : { gateway };
}

function cleaned(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([name, value]) => (value === '' ? [] : [[name, tagText(value)]])),
  );
}

/** A number alone is the field `value`: text on the same topic another day is the field `payload`, and does not conflict. */
function opaqueFields(value: unknown, payload: Uint8Array, integers: ReadonlySet<string>): Fields {
  const number = typeof value === 'number' ? numberText(value, integers.has('value')) : undefined;
  return number === undefined ? contentFields(value, payload, integers) : new Map([['value', number]]);
}

function contentFields(content: unknown, payload: Uint8Array, integers: ReadonlySet<string>): Fields {
  const fields = typeof content === 'object' && content !== null ? flattenJson(content, integers) : undefined;
  // A point needs a field.
  return fields === undefined || fields.size === 0 ? payloadFields(payload) : fields;
}

/** What cannot be flattened is kept whole as text; what is no text, or too long, by its size. */
function payloadFields(payload: Uint8Array): Fields {
  const text = payload.length === 0 ? undefined : readText(payload);
  const quoted = text === undefined ? undefined : quotedText(text);
  return quoted === undefined || Buffer.byteLength(quoted) > MAX_FIELD_BYTES
    ? new Map([['payloadBytes', String(payload.length)]])
    : new Map([['payload', quoted]]);
}
