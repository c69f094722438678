/**
 * Dead letters: what becomes of an event that a target will never take, in the stream `dead-letters` of the journal.
 *
 * They never hold a lane up for longer than the disk takes, never keep an event that its target has taken, and never go without being
 * counted. Start reading at `dead-letter-store.ts`; a sink sees no more of it than `dead-letters.ts`.
 */
import type { StatefulJournal } from '#gateway/journal/journal.ts';
import { openStateMap } from '#gateway/journal/state/open-state-map.ts';
import type { StateMap } from '#gateway/journal/state/state-map.ts';
import { DEAD_LETTERS_STREAM } from '#gateway/model/built-in-streams.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { DeadLetterStore, type DeadLetterStoreOptions, sizeInLog } from './dead-letter-store.ts';
import { letterId } from './letter.ts';
import { decodeLetter } from './letter-codec.ts';
import { LetterIndex } from './letter-index.ts';
import { letterKeys, parseLetterKey } from './letter-keys.ts';
import { divideRoom } from './limits.ts';

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
  const stream = await journal.openBuiltIn(DEAD_LETTERS_STREAM, room.segmentBytes);
  const map = await openStateMap({ ...options, stream, minLogBytes: room.minLogBytes });
  const found = await load(map);
  for (const { key, reason } of found.strange) {
    logger.error({ key, reason }, 'A dead letter cannot be read; it is lost.');
    map.delete(key);
  }
  if (found.version === undefined) map.set(letterKeys.version, Buffer.from(String(VERSION)));
  return new DeadLetterStore({ ...options, ...found, map, room });
}

const VERSION = 1;

interface Found extends Pick<DeadLetterStoreOptions, 'index' | 'marked' | 'nextOrder' | 'nextMark'> {
  readonly version: number | undefined;
  /** Keys that mean nothing, or whose values do not. */
  readonly strange: readonly { readonly key: string; readonly reason: string }[];
}

/** @throws WaystationError `journal.unknownFormat`, `journal.failed` */
async function load(map: StateMap): Promise<Found> {
  const letters: {
    readonly id: string;
    readonly order: number;
    readonly sizeBytes: number;
    readonly isCut: boolean;
  }[] = [];
  const marks: { readonly id: string; readonly order: number }[] = [];
  const evicted = new Map<string, number>();
  const strange: { readonly key: string; readonly reason: string }[] = [];
  let version: number | undefined;
  await map.load((key, value) => {
    const parsed = parseLetterKey(key);
    if (parsed?.kind === 'version') version = numberIn(value);
    else if (parsed?.kind === 'mark') marks.push({ id: parsed.id, order: numberIn(value) });
    else if (parsed?.kind === 'evicted') evicted.set(parsed.sink, numberIn(value));
    else if (parsed?.kind === 'letter') {
      const letter = decodeLetter(value);
      const { id } = parsed;
      if (typeof letter === 'string') strange.push({ key, reason: letter });
      else if (letterId(letter.sink, letter.stored) !== id) strange.push({ key, reason: 'wrong-key' });
      else
        letters.push({ id, order: letter.order, sizeBytes: sizeInLog(id, value.length), isCut: letter.cutBytes > 0 });
    } else strange.push({ key, reason: 'bad-key' });
  });
  if (version !== undefined && version > VERSION) {
    const known = `found version ${version}, and knows up to ${VERSION}`;
    throw new WaystationError('journal.unknownFormat', `Reading the dead letters in the journal: ${known}.`);
  }
  const index = new LetterIndex();
  for (const { id, ...entry } of letters.sort((one, other) => one.order - other.order)) index.set(id, entry);
  for (const [sink, count] of evicted) index.setEvicted(sink, count);
  // A mark whose letter is damaged has nothing to be tried again.
  for (const { id } of marks) if (index.get(id) === undefined) map.delete(letterKeys.mark(id));
  const marked = marks.filter(({ id }) => index.get(id) !== undefined).sort((one, other) => one.order - other.order);
  const nextOf = (placed: readonly { readonly order: number }[]) => 1 + (placed.at(-1)?.order ?? 0);
  const next = { nextOrder: nextOf(letters), nextMark: nextOf(marked) };
  return { index, marked: marked.map(({ id }) => id), ...next, version, strange };
}

/** A count as text; 0 for what is none. */
function numberIn(value: Buffer): number {
  const text = value.toString('latin1');
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
