import type { StreamId } from './message.ts';

/**
 * Streams of the journal that hold no events but what the gateway itself must remember. No configured stream has one of these
 * names, and no sink reads them.
 */
// Brands are only types: these are slugs.
export const CLOCK_STREAM = 'clock' as StreamId;
/** What the broker remembers over a restart. */
export const STATE_STREAM = 'state' as StreamId;
/** Events that a target will never take. */
export const DEAD_LETTERS_STREAM = 'dead-letters' as StreamId;

/** Every one of them. */
export const BUILT_IN_STREAMS: readonly StreamId[] = [CLOCK_STREAM, STATE_STREAM, DEAD_LETTERS_STREAM];

/** Whether the journal keeps a stream of this name for the gateway. */
export function isBuiltInStream(id: string): boolean {
  return BUILT_IN_STREAMS.some((each) => each === id);
}
