import type { Stamp } from '#gateway/model/message.ts';
import type { JournalStream } from './journal.ts';

/**
 * The first sequence whose stamp is not `before` an instant: a search by halves over the first records of the segments, then one
 * segment record by record. Records are in the order of their acceptance, so stamps are too, unless the date of the host misled them.
 *
 * @param firstSequences of the segments, rising
 */
export async function locateInTime(
  stream: Pick<JournalStream, 'read' | 'syncedSequence' | 'oldestSequence'>,
  firstSequences: readonly number[],
  isBefore: (stamp: Stamp) => boolean,
): Promise<number> {
  let low = 0;
  for (let high = firstSequences.length; low < high; ) {
    const middle = (low + high) >>> 1;
    const [first] = (await stream.read(firstSequences[middle] ?? 0, ONE)).records;
    if (first !== undefined && isBefore(first.record.stamp)) low = middle + 1;
    else high = middle;
  }
  let from = firstSequences[low - 1] ?? stream.oldestSequence;
  while (from <= stream.syncedSequence) {
    const { records, nextSequence } = await stream.read(from, SCAN_LIMIT);
    const found = records.find(({ record }) => !isBefore(record.stamp));
    if (found !== undefined) return found.sequence;
    from = nextSequence;
  }
  return stream.syncedSequence + 1;
}

const ONE = { maxEvents: 1, maxBytes: 1 };
const SCAN_LIMIT = { maxEvents: 1024, maxBytes: 1024 * 1024 };
