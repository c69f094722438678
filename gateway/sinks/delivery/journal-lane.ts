import type { Cursor, CursorExtras, CursorStart, Journal, JournalStream, ReadLimit } from '#gateway/journal/journal.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { LaneRead, LaneSource } from './lane-source.ts';

/** A stream of the journal as a lane, from the cursor of a sink. */
export async function openJournalLane(
  journal: Journal,
  sink: string,
  stream: StreamId,
  from: CursorStart,
): Promise<LaneSource> {
  return new JournalLane(journal.stream(stream), await journal.openCursor(sink, stream, from));
}

/** See {@link openJournalLane}. */
class JournalLane implements LaneSource {
  readonly isRedrive = false;
  readonly #stream: JournalStream;
  readonly #cursor: Cursor;

  constructor(stream: JournalStream, cursor: Cursor) {
    this.#stream = stream;
    this.#cursor = cursor;
  }

  get lane(): StreamId {
    return this.#stream.id;
  }

  get extent(): JournalStream {
    return this.#stream;
  }

  get acknowledgedSequence(): number {
    return this.#cursor.acknowledgedSequence;
  }

  get forwardedSequence(): number {
    return this.#cursor.forwardedSequence;
  }

  get ranges() {
    return this.#cursor.ranges;
  }

  get filterState(): Uint8Array | undefined {
    return this.#cursor.filterState;
  }

  read(from: number, limit: ReadLimit): Promise<LaneRead> {
    return this.#stream.read(from, limit);
  }

  waitFor(position: number, signal: AbortSignal): Promise<void> {
    return this.#stream.waitFor(position, signal);
  }

  advance(acknowledgedSequence: number, forwardedSequence: number, extras?: CursorExtras): void {
    this.#cursor.advance(acknowledgedSequence, forwardedSequence, extras);
  }

  persist(): Promise<void> {
    return this.#cursor.persist();
  }
}
