import type { StreamId } from '#gateway/model/message.ts';
import type { StreamStatus } from '#gateway/model/status.ts';

/** With more marks than this, those are forgotten that precision does not need: at a hundredth, a century fits. */
const MAX_MARKS = 4096;
/** How wrong an age may be, as a part of it. */
const PRECISION = 0.01;

interface Mark {
  readonly sequence: number;
  readonly atMs: number;
}

/**
 * When each stream had come how far: from one look a second it tells how old a record is without reading the disk, for any
 * backlog, in bounded memory. It knows nothing of records that are older than itself.
 */
export class TailMarks {
  readonly #marks = new Map<StreamId, readonly Mark[]>();
  #lastLookMs = 0;

  /** Notes how far the streams have come. @param nowMs monotonic */
  note(nowMs: number, streams: readonly StreamStatus[]): void {
    this.#lastLookMs = nowMs;
    for (const { id, syncedSequence } of streams) {
      const marks = this.#marks.get(id) ?? [];
      if (marks.at(-1)?.sequence === syncedSequence) continue;
      const all = [...marks, { sequence: syncedSequence, atMs: nowMs }];
      this.#marks.set(id, all.length > MAX_MARKS ? thinned(nowMs, all) : all);
    }
  }

  /**
   * When a record was made durable, by the monotonic clock and to the interval of the looks.
   *
   * @returns undefined if that was before the first look
   */
  syncedAtMs(stream: StreamId, sequence: number): number | undefined {
    const marks = this.#marks.get(stream) ?? [];
    const index = marks.findIndex((mark) => mark.sequence >= sequence);
    if (index === -1) return marks.length > 0 ? this.#lastLookMs : undefined;
    return index > 0 ? marks[index]?.atMs : undefined;
  }
}

/** Forgets a mark if the one after it says the same of the records between, to the precision wanted. */
function thinned(nowMs: number, marks: readonly Mark[]): readonly Mark[] {
  const kept = marks.slice(0, 1);
  for (const [index, mark] of marks.entries()) {
    const [last, next] = [kept.at(-1), marks[index + 1]];
    const isNeeded =
      last === undefined || next === undefined || next.atMs - last.atMs > PRECISION * (nowMs - next.atMs);
    if (index > 0 && isNeeded) kept.push(mark);
  }
  return kept;
}
