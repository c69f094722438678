import type { TrimmableStream } from '#gateway/journal/journal.ts';
import { STATE_READ_LIMIT } from '#gateway/journal/limits.ts';
import type { EventRecord } from '#gateway/model/message.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { StateIndex } from './state-index.ts';
import { decodeStateRecord, type StoredChange } from './state-record.ts';

/** Is told of a change; undefined for a key that is deleted. The value is a view of what was read. */
export type OnChange = (key: string, value: Buffer | undefined) => void;

/**
 * Reads the log of a map through, and finds the newest value of each key. What cannot be read is passed over and told [J5]: what
 * was changed in there is as it was before. A write that a crash has cut short never was.
 *
 * @throws WaystationError `journal.failed`
 */
export async function recoverState(stream: TrimmableStream, logger: Logger, onChange: OnChange): Promise<StateIndex> {
  const index = new StateIndex();
  const replay = new Replay(index, onChange);
  let from = stream.oldestSequence;
  while (from <= stream.syncedSequence) {
    const { records, lost, nextSequence } = await stream.read(from, STATE_READ_LIMIT);
    if (lost.length > 0)
      logger.error({ stream: stream.id, lost }, 'A part of the state is lost; the rest is as it was.');
    let at = from;
    for (const { sequence, record } of records) {
      if (sequence > at) replay.passLoss();
      replay.add(sequence, record);
      at = sequence + 1;
    }
    if (nextSequence > at) replay.passLoss();
    from = nextSequence;
  }
  return index;
}

/** Applies what is whole. */
class Replay {
  readonly #index: StateIndex;
  readonly #onChange: OnChange;
  /** The parts of a write that has not come to its end. */
  #parts: { readonly sequence: number; readonly changes: readonly StoredChange[] }[] = [];

  constructor(index: StateIndex, onChange: OnChange) {
    this.#index = index;
    this.#onChange = onChange;
  }

  add(sequence: number, record: EventRecord): void {
    const decoded = decodeStateRecord(record);
    if (decoded === undefined) return;
    if (typeof decoded === 'string') this.passLoss();
    else if (decoded.part === undefined) this.#apply(sequence, decoded.changes);
    else {
      // The write before was given up in the middle.
      if (decoded.part === 0) this.#parts = [];
      this.#parts.push({ sequence, changes: decoded.changes });
      if (decoded.isLast) this.#applyParts();
    }
  }

  /** What is missing may be the end of a write: half of it is better than nothing. */
  passLoss(): void {
    this.#applyParts();
  }

  #applyParts(): void {
    for (const { sequence, changes } of this.#parts) this.#apply(sequence, changes);
    this.#parts = [];
  }

  #apply(sequence: number, changes: readonly StoredChange[]): void {
    for (const { key, value, sizeBytes } of changes) {
      this.#index.apply(key, value === undefined ? undefined : { sequence, sizeBytes });
      this.#onChange(key, value);
    }
  }
}
