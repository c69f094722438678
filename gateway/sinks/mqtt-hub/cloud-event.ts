import type { RepairedTime } from '#gateway/journal/clock-runs.ts';
import type { EventRecord } from '#gateway/model/message.ts';
import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';
import {
  eventId,
  isOwnEvent,
  matching,
  membersOf,
  OPAQUE_TYPE,
  readJson,
  statedTime,
  statedType,
} from '#gateway/sinks/own-event.ts';

/**
 * The CloudEvents view of an event: its context attributes, with the extensions `prev` and `replayed`.
 *
 * @see CloudEvents 1.0, section 3
 */
export interface CloudEvent {
  /** See `eventId`: with `source` the identity of the event for ever [D2]. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339: the event's own, else when it was accepted; absent when that is not known. */
  readonly time: string | undefined;
  /** The extensions that qualify a time which is not simply so: see `docs/events.md`. */
  readonly timeExtensions: Readonly<Record<string, string>>;
  /** As the publisher stated it; `application/json` of an event of ours that is JSON. */
  readonly contentType: string | undefined;
  /** The sequence of the event forwarded before it on its lane, or `none`: what a receiver finds gaps by. */
  readonly prev: string;
  /** It comes behind newer events of its lane, or was refused before. */
  readonly isReplayed: boolean;
  /** What a reply answers to. */
  readonly correlation?: Uint8Array;
  /** How often what is forwarded came down from a hub: see `judgeCommand`. */
  readonly hopCount?: number;
}

// An MQTT string takes 65,535 bytes; what is copied into an attribute is bounded.
const CONTENT_TYPE = /^[\x20-\x7e]{1,255}$/;
const CORRELATION = /^[\x20-\x7e]{1,255}$/;
/** The range of a date in ECMAScript. */
const MAX_DATE_MS = 8.64e15;

/** Pure, and never throws, whatever the payload holds. */
export function describeEvent(event: OutgoingEvent, gatewayUid: string): CloudEvent {
  const { record } = event.stored;
  const json = isOwnEvent(record) ? readJson(record.payload) : undefined;
  const own = membersOf(json?.value);
  return {
    id: eventId(event.stored),
    source: `/gateways/${gatewayUid}`,
    type: statedType(own) ?? OPAQUE_TYPE,
    ...timeOf(statedTime(own), event.accepted),
    contentType: matching(record.contentType, CONTENT_TYPE) ?? (json === undefined ? undefined : 'application/json'),
    prev: event.prev === 0 ? 'none' : String(event.prev),
    isReplayed: event.isReplayed,
    ...correlationOf(record, own),
    ...(record.hopCount === undefined ? {} : { hopCount: record.hopCount }),
  };
}

/**
 * What a reply on `replies/#` answers to: as its publisher stated it, or the text `correlation` in its JSON, which is what a client
 * without MQTT 5 has.
 */
function correlationOf(
  { topic, journalTopic = topic, correlationData }: EventRecord,
  own: Readonly<Record<string, unknown>>,
): { readonly correlation?: Uint8Array } {
  if (!journalTopic.startsWith('replies/')) return {};
  if (correlationData !== undefined) return { correlation: correlationData };
  const stated = matching(own['correlation'], CORRELATION);
  return stated === undefined ? {} : { correlation: Buffer.from(stated) };
}

/** The time that an event states, else when it was accepted, and what qualifies that. */
export function timeOf(
  stated: string | undefined,
  accepted: RepairedTime,
): Pick<CloudEvent, 'time' | 'timeExtensions'> {
  if (stated !== undefined) return { time: stated, timeExtensions: {} };
  const { basis: timebasis } = accepted;
  if ('unixMs' in accepted) {
    return { time: instant(accepted.unixMs), timeExtensions: timebasis === 'own' ? {} : { timebasis } };
  }
  const timeearliest = instant(accepted.earliestMs);
  const timelatest = instant(accepted.latestMs);
  const bounds = {
    ...(timeearliest === undefined ? {} : { timeearliest }),
    ...(timelatest === undefined ? {} : { timelatest }),
  };
  return { time: undefined, timeExtensions: { timebasis, ...bounds } };
}

function instant(unixMs: number | undefined): string | undefined {
  return unixMs !== undefined && Math.abs(unixMs) <= MAX_DATE_MS ? new Date(unixMs).toISOString() : undefined;
}
