import type { Epoch, StreamId } from './message.ts';

/** The parsers of branded names; each name has one door. */

const SLUG = /^[a-z][a-z0-9-]{0,31}$/;

/** Stream, sink and device ids: lower-case letters, digits and dashes, at most 32, a letter first. They become folder and topic names. */
export function isSlug(text: string): boolean {
  return SLUG.test(text);
}

/** @returns undefined unless `text` is a slug. */
export function parseStreamId(text: string): StreamId | undefined {
  // The only place where a plain string becomes a StreamId: checked on this line.
  return isSlug(text) ? (text as StreamId) : undefined;
}

/** @returns undefined unless `text` is 16 lower-case hex digits. */
export function parseEpoch(text: string): Epoch | undefined {
  // The only place where a plain string becomes an Epoch: checked on this line.
  return /^[0-9a-f]{16}$/.test(text) ? (text as Epoch) : undefined;
}
