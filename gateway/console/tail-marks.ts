import type { StreamId } from '#gateway/model/message.ts';
import type { StreamStatus } from '#gateway/model/status.ts';

/** More marks than this, and every second one is forgotten: what is old needs less precision. */
const MAX_MARKS = 4096;

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

  /** Notes how far the streams have come. @param nowMs monotonic */
  note(nowMs: number, streams: readonly StreamStatus[]): void {
    for (const { id, syncedSequence } of streams) {
      const marks = this.#marks.get(id) ?? [];
      if (marks.at(-1)?.sequence === syncedSequence) continue;
      const all = [...marks, { sequence: syncedSequence, atMs: nowMs }];
      this.#marks.set(id, all.length > MAX_MARKS ? thinned(all) : all);
    }
  }

  /** When a record was made durable, by the monotonic clock, to the next look; undefined if that was before the first look. */
  syncedAtMs(stream: StreamId, sequence: number): number | undefined {
    const marks = this.#marks.get(stream) ?? [];
    const index = marks.findIndex((mark) => mark.sequence >= sequence);
    return index > 0 ? marks[index]?.atMs : undefined;
  }
}

/** Keeps the first and the newest. */
function thinned(marks: readonly Mark[]): readonly Mark[] {
  return marks.filter((_mark, index) => index % 2 === 0 || index === marks.length - 1);
}
