import type { ReceivedEvent } from '#firmware-sim/ledger/compare.ts';
import type { Values } from '#firmware-sim/ledger/ledger-line.ts';
import type { SourceName } from '#firmware-sim/protocol.ts';

/**
 * One line of `hub.ndjson`: a publish as it arrived. The payload is the CloudEvents JSON in `event`, or, if it was none, its bytes.
 *
 * @see CloudEvents 1.0, JSON event format
 */
export interface ReceivedPublish {
  /** Milliseconds since the Unix epoch, by the hub's clock. */
  readonly at: number;
  readonly topic: string;
  readonly event?: Json;
  readonly payloadBase64?: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Whatever the payload holds. @param at milliseconds since the Unix epoch */
export function describePublish(topic: string, payload: Buffer, at: number): ReceivedPublish {
  const event = asObject(parseJson(payload.toString()));
  const isCloudEvent = typeof event?.['id'] === 'string' && typeof event['source'] === 'string';
  return isCloudEvent ? { at, topic, event } : { at, topic, payloadBase64: payload.toString('base64') };
}

/** @returns undefined for text that is no line of `hub.ndjson` */
export function parsePublishLine(text: string): ReceivedPublish | undefined {
  const line = asObject(parseJson(text));
  if (typeof line?.['at'] !== 'number' || typeof line['topic'] !== 'string') return undefined;
  const event = asObject(line['event']);
  return { at: line['at'], topic: line['topic'], ...(event === undefined ? {} : { event }) };
}

/** What the comparison has to know of a publish; undefined for one without an id. */
export function toReceivedEvent({ event, topic }: ReceivedPublish): ReceivedEvent | undefined {
  if (event === undefined) return undefined;
  const id = `${event['source']}/${event['id']}`;
  const reader = READERS.find(({ branch }) => branch.test(topic));
  if (reader === undefined) return { id };
  const { key, values } = reader.read(dataOf(event)) ?? {};
  const content = { ...(key === undefined ? {} : { key }), ...(values === undefined ? {} : { values }) };
  return { id, source: reader.source, ...content };
}

/** How an event of each source says what it is. */
const READERS: readonly {
  readonly branch: RegExp;
  readonly source: SourceName;
  read(data: Json): { readonly key: string; readonly values: Values } | undefined;
}[] = [
  { branch: /(?:^|\/)devices\/gps0\/position$/, source: 'gps0', read: readPosition },
  { branch: /(?:^|\/)devices\/can0\/[^/]+$/, source: 'can0', read: readMessage },
  { branch: /(?:^|\/)sensors\/tyre-monitor\/pressure$/, source: 'tyre-monitor', read: readPressure },
];

function readPosition(payload: Json) {
  const timeMs = Date.parse(String(payload['time']));
  if (Number.isNaN(timeMs)) return undefined;
  return { key: new Date(timeMs).toISOString(), values: plainValues(asObject(payload['data']) ?? {}) };
}

function readMessage(payload: Json) {
  const { message, signals } = asObject(payload['data']) ?? {};
  const values: Record<string, number> = {};
  for (const [name, signal] of Object.entries(asObject(signals) ?? {})) {
    const value = asObject(signal)?.['value'];
    if (typeof value === 'number') values[name] = value;
  }
  return { key: `${message}:${values['Counter']}`, values };
}

function readPressure(payload: Json) {
  return { key: String(payload['count']), values: plainValues(payload) };
}

function plainValues(json: Json): Values {
  const values: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(json)) {
    if (typeof value === 'number' || typeof value === 'string') values[name] = value;
  }
  return values;
}

function dataOf(event: Json): Json {
  const bytes = event['data_base64'];
  const data = typeof bytes === 'string' ? parseJson(Buffer.from(bytes, 'base64').toString()) : event['data'];
  return asObject(data) ?? {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Json | undefined {
  // Objects can be asked for members.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
