/**
 * Dead letters: what becomes of an event that a target will never take, in the stream `dead-letters` of the journal.
 *
 * They never hold a lane up for longer than the disk takes, never keep an event that its target has taken, and never go without being
 * counted. Start reading at `dead-letter-store.ts`; a sink sees no more of it than `dead-letters.ts`.
 */
import type { StatefulJournal } from '#gateway/journal/journal.ts';
import { openStateMap } from '#gateway/journal/state/open-state-map.ts';
import { DEAD_LETTERS_STREAM } from '#gateway/model/built-in-streams.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { DeadLetterStore, type DeadLetterStoreOptions } from './dead-letter-store.ts';
import { letterKeys } from './letter-keys.ts';
import { LETTERS_VERSION, LetterLog } from './letter-log.ts';
import { divideRoom, LETTER_LOG_FACTOR } from './limits.ts';

/** What {@link openDeadLetters} needs. */
export interface DeadLettersOptions extends Pick<DeadLetterStoreOptions, 'onBuried'> {
  readonly journal: Pick<StatefulJournal, 'openBuiltIn'>;
  /** What they may take on the disk. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly stamp: () => Stamp;
  readonly logger: Logger;
}

/** Closed after the sinks and before the journal. @throws WaystationError as `openJournal` */
export async function openDeadLetters(options: DeadLettersOptions): Promise<DeadLetterStore> {
  const { journal, maxBytes, logger } = options;
  const room = divideRoom(maxBytes);
  // Most letters are a frame each, which hardly shrinks, and half of what a start takes would be to set up decompressing them one by one.
  const stream = await journal.openBuiltIn(DEAD_LETTERS_STREAM, room.segmentBytes, false);
  const log = new LetterLog();
  const map = await openStateMap({
    ...{ ...options, stream, minLogBytes: room.minLogBytes, logFactor: LETTER_LOG_FACTOR },
    onChange: (key, value) => log.take(key, value),
  });
  const found = log.found();
  for (const [key, reason] of found.strange) {
    logger.error({ key, reason }, 'A dead letter cannot be read; it is lost.');
    map.delete(key);
  }
  for (const key of found.useless) map.delete(key);
  if (found.version === undefined) map.set(letterKeys.version, Buffer.from(String(LETTERS_VERSION)));
  return new DeadLetterStore({ ...options, ...found, map, room });
}
