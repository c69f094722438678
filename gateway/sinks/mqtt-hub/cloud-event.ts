import type { Stamp } from '#gateway/model/message.ts';
import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';
import {
  acceptedMs,
  eventId,
  isOwnTopic,
  matching,
  membersOf,
  OPAQUE_TYPE,
  readJson,
  statedTime,
  statedType,
} from '#gateway/sinks/own-event.ts';

/**
 * The CloudEvents view of an event: its context attributes, with the extension `prev`.
 *
 * @see CloudEvents 1.0, section 3
 */
export interface CloudEvent {
  /** See `eventId`: with `source` the identity of the event for ever [D2]. */
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

const JSON_CONTENT = /^application\/(?:[^;]+\+)?json(?:;|$)/i;
// An MQTT string takes 65,535 bytes; what is copied into an attribute is bounded.
const CONTENT_TYPE = /^[\x20-\x7e]{1,255}$/;
/** The range of a date in ECMAScript. */
const MAX_DATE_MS = 8.64e15;

/** Pure, and never throws, whatever the payload holds. */
export function describeEvent(event: OutgoingEvent, gatewayUid: string): CloudEvent {
  const { record } = event.stored;
  const isOwn = isOwnTopic(record.topic);
  const statedContent = matching(record.contentType, CONTENT_TYPE);
  const isStatedJson = statedContent !== undefined && JSON_CONTENT.test(statedContent);
  const json = isOwn || isStatedJson ? readJson(record.payload) : undefined;
  const own = isOwn && json !== undefined ? membersOf(json.value) : {};
  return {
    id: eventId(event.stored),
    source: `/gateways/${gatewayUid}`,
    type: statedType(own) ?? OPAQUE_TYPE,
    time: statedTime(own) ?? acceptedTime(record.stamp),
    contentType: statedContent ?? (json === undefined ? undefined : 'application/json'),
    prev: event.prev === 0 ? 'none' : String(event.prev),
    isJson: json !== undefined,
  };
}

function acceptedTime(stamp: Stamp): string | undefined {
  const ms = acceptedMs(stamp);
  return ms !== undefined && Math.abs(ms) <= MAX_DATE_MS ? new Date(ms).toISOString() : undefined;
}
