import type { Stamp, StoredRecord } from '#gateway/model/message.ts';
import { isSlug } from '#gateway/model/names.ts';
import { eventId } from '#gateway/sinks/own-event.ts';

/** An event that a target will never take, as it is kept [D6]. */
export interface Letter {
  /** Rises with each new letter: the lowest goes first where there is no room. */
  readonly order: number;
  readonly sink: string;
  /** As the filter shaped it. */
  readonly stored: StoredRecord;
  /** What is not kept of the event, because it would not fit: then neither payload nor properties are, and it cannot be tried again. 0 where all is. */
  readonly cutBytes: number;
  /** Why it was refused the last time: a code of the error register of the version that wrote it, and the words of the target. */
  readonly code: string;
  readonly reason: string;
  /** How often it was sent in all. */
  readonly attempts: number;
  /** When it was refused first, and last. */
  readonly first: Stamp;
  readonly last: Stamp;
}

/** Names a letter: the sink, then the id of the event, as its target would have known it. */
export function letterId(sink: string, stored: Omit<StoredRecord, 'record'>): string {
  return `${sink}/${eventId(stored)}`;
}

/** The sink in the id of a letter. */
export function sinkOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

/** Whether the text could be the id of a letter. */
export function isLetterId(text: string): boolean {
  const [sink = '', stream = '', ...place] = text.split('/');
  return isSlug(sink) && isSlug(stream) && PLACE.test(place.join('/'));
}

const PLACE = /^[0-9a-f]{16}\/(?:\d{1,16}-)?\d{1,16}$/;
