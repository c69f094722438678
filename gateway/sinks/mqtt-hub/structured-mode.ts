import { isPlainJson } from '#gateway/sinks/is-plain-json.ts';
import type { CloudEvent } from './cloud-event.ts';

/** What an event in JSON stands in: a line cannot hold the line ends of a payload that is laid out over several. */
export type EventPlace = 'document' | 'line';

/** The media types of JSON. @see CloudEvents 1.0, JSON event format, section 3.1 */
const JSON_CONTENT = /^[^/;]+\/(?:[^;]+\+)?json *(?:;|$)/i;

/**
 * The JSON of an event. A payload that is JSON itself stands in `data` byte for byte, unless its publisher calls it something else; any
 * other stands in `data_base64`.
 *
 * @see CloudEvents 1.0, JSON event format, section 3
 */
export function structuredMode(event: CloudEvent, localTopic: string, payload: Buffer, place: EventPlace): Buffer {
  const { id, source, type, time, timeExtensions, prev, isReplayed, contentType } = event;
  const isJson = (contentType === undefined || JSON_CONTENT.test(contentType)) && isPlainJson(payload);
  const datacontenttype = contentType ?? (isJson ? 'application/json' : 'application/octet-stream');
  const first = { specversion: '1.0', id, source, type, time, ...timeExtensions };
  const replayed = isReplayed ? { replayed: true } : {};
  const answers = { correlationid: correlationId(event.correlation), hops: event.hopCount };
  const attributes = { ...first, datacontenttype, subject: localTopic, prev, ...replayed, ...answers };
  const head = JSON.stringify(attributes).slice(0, -1);
  // Parsing and printing it would change numbers and spacing.
  if (isJson && (place === 'document' || isOneLine(payload)))
    return Buffer.concat([Buffer.from(`${head},"data":`), payload, CLOSING_BRACE]);
  return Buffer.from(`${head},"data_base64":"${payload.toString('base64')}"}`);
}

/** As text where it is some, else in base64. */
function correlationId(correlation: Uint8Array | undefined): string | undefined {
  if (correlation === undefined) return undefined;
  const text = Buffer.from(correlation).toString('latin1');
  return PRINTABLE.test(text) ? text : Buffer.from(correlation).toString('base64');
}

/** Readers take either for the end of a line. */
function isOneLine(payload: Buffer): boolean {
  return !payload.includes('\n') && !payload.includes('\r');
}

const PRINTABLE = /^[\x20-\x7e]+$/;
const CLOSING_BRACE = Buffer.from('}');
