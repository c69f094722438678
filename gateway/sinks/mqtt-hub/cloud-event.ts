import type { EventRecord, Stamp } from '#gateway/model/message.ts';
import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';

/**
 * The CloudEvents view of an event: its context attributes, with the extension `prev`.
 *
 * @see CloudEvents 1.0, section 3
 */
export interface CloudEvent {
  /** `<stream>/<epoch>/<sequence>`: with `source` the identity of the event for ever [D2]. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339; absent when nothing trustworthy is known. */
  readonly time: string | undefined;
  readonly contentType: string | undefined;
  /** The sequence of the event forwarded before it on its lane, or `none`: what a receiver finds gaps by. */
  readonly prev: string;
  /** Whether the payload is one JSON value in UTF-8. */
  readonly isJson: boolean;
}

/** The type of an event that says none itself: see the event catalogue. */
const OPAQUE_TYPE = 'mqtt.message';
/** The topic trees whose payloads are ours: `docs/events.md`. What sensors publish is opaque. */
const OWN_TREE = /^(?:devices|events|alerts|commands|replies|status)\//;
const JSON_CONTENT = /^application\/(?:[^;]+\+)?json(?:;|$)/i;
// What is copied into attributes is bounded: an MQTT string takes 65,535 bytes, and a hostile payload could hold more.
const TYPE = /^[\x21-\x7e]{1,128}$/;
const CONTENT_TYPE = /^[\x20-\x7e]{1,255}$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
/** The range of a date in ECMAScript. */
const MAX_DATE_MS = 8.64e15;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Pure, and never throws, whatever the payload holds. */
export function describeEvent(event: OutgoingEvent, gatewayUid: string): CloudEvent {
  const { stream, epoch, sequence, record } = event.stored;
  const isOwn = OWN_TREE.test(record.topic);
  const statedType = statedContentType(record);
  const json =
    isOwn || (statedType !== undefined && JSON_CONTENT.test(statedType)) ? parseJson(record.payload) : undefined;
  const own = isOwn && json !== undefined ? fieldsOf(json.value) : {};
  return {
    id: `${stream}/${epoch}/${sequence}`,
    source: `/gateways/${gatewayUid}`,
    type: matching(own['type'], TYPE) ?? OPAQUE_TYPE,
    time: matching(own['time'], RFC_3339) ?? stampTime(record.stamp),
    contentType: statedType ?? (json === undefined ? undefined : 'application/json'),
    prev: event.prev === 0 ? 'none' : String(event.prev),
    isJson: json !== undefined,
  };
}

function statedContentType(record: EventRecord): string | undefined {
  return matching(record.contentType, CONTENT_TYPE);
}

function parseJson(payload: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(utf8.decode(payload)) };
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

function stampTime(stamp: Stamp): string | undefined {
  if (stamp.quality === 'none' || !(Math.abs(stamp.wallMs) <= MAX_DATE_MS)) return undefined;
  return new Date(stamp.wallMs).toISOString();
}
