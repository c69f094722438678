import type { EventRecord, StoredRecord } from '#gateway/model/message.ts';

/**
 * What every target reads from a payload: its JSON, and the type and time that an event of ours states in it.
 * Pure, and never throws, whatever the payload holds.
 */

/** The type of an event that says none itself: see the event catalogue. */
export const OPAQUE_TYPE = 'mqtt.message';

/** The topic trees whose payloads are ours: `docs/events.md`. What sensors publish is opaque. */
const OWN_TREE = /^(?:devices|events|alerts|commands|replies|status)\//;
// What is copied into attributes is bounded: an MQTT string takes 65,535 bytes, and a hostile payload could hold more.
const TYPE = /^[\x21-\x7e]{1,128}$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether the payload of a topic is an event of ours. */
export function isOwnTopic(topic: string): boolean {
  return OWN_TREE.test(topic);
}

/** Whether a record is an event of ours, whatever topic a filter forwards it under. */
export function isOwnEvent({ topic, journalTopic = topic }: EventRecord): boolean {
  return isOwnTopic(journalTopic);
}

/** @returns undefined for bytes that are not UTF-8 */
export function readText(payload: Uint8Array): string | undefined {
  try {
    return utf8.decode(payload);
  } catch {
    return undefined;
  }
}

/** @returns undefined for a payload that is not one JSON value in UTF-8 */
export function readJson(payload: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(utf8.decode(payload)) };
  } catch {
    return undefined;
  }
}

/** The members of a JSON object; none for any other value. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The catalogue type that an event states. */
export function statedType(event: Readonly<Record<string, unknown>>): string | undefined {
  return matching(event['type'], TYPE);
}

/** The time that an event states, RFC 3339. */
export function statedTime(event: Readonly<Record<string, unknown>>): string | undefined {
  return matching(event['time'], RFC_3339);
}

/** @returns `value` if it is text that matches */
export function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

/** `<stream>/<epoch>/<sequence>`, or `…/<first>-<last>` of what was lost: with the gateway the identity of an event for ever [D2]. */
export function eventId({ stream, epoch, sequence, firstLost }: Omit<StoredRecord, 'record'>): string {
  return `${stream}/${epoch}/${firstLost === undefined ? '' : `${firstLost}-`}${sequence}`;
}
