import type { JournalStream } from './journal.ts';
import { clippedTo } from './lost-ranges.ts';

/** What one reader of a stream has still to get. */
export interface Owed {
  /** Records that are there. */
  readonly backlogCount: number;
  /** Records that are gone, and of which it will be told when it comes to them [D9]. */
  readonly lost: number;
}

/** What is left of a stream, and what went. */
export type StreamExtent = Pick<JournalStream, 'oldestSequence' | 'syncedSequence' | 'losses'>;

/**
 * What there is for a reader from `from` on, and what there is not any more: by the list of losses, and by what the oldest record is.
 */
export function owedFrom({ oldestSequence, syncedSequence, losses }: StreamExtent, from: number): Owed {
  const first = Math.max(from, oldestSequence);
  const within = clippedTo(losses, first, syncedSequence).reduce((sum, range) => sum + range.to - range.from + 1, 0);
  // What a list of losses that starts anew does not know is gone all the same.
  const before = Math.min(first, syncedSequence + 1) - Math.min(from, syncedSequence + 1);
  const lost = before + within;
  return { backlogCount: Math.max(0, syncedSequence + 1 - from - lost), lost };
}
