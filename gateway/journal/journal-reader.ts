import type { StoredRecord } from '#gateway/model/message.ts';
import type { StreamStatus, WearStatus } from '#gateway/model/status.ts';
import type { RepairedTime } from './clock-runs.ts';
import type { CursorPlace, LostRange } from './journal.ts';

/**
 * A journal as people look into it: one that runs, through its gateway (`remote-journal.ts`), or one that lies in a folder
 * (`read-folder.ts`). Both are read by the same code, `journal-view.ts`, on either side of a socket.
 */
export interface JournalReader {
  stat(): Promise<JournalStat>;
  /** @throws WaystationError `journal.unknownStream`, with the streams there are; `journal.busy` */
  read(query: ReadQuery, signal?: AbortSignal): Promise<ReadPart>;
  /** The first sequence of a stream that was accepted at or after an instant. @throws WaystationError `journal.unknownStream` */
  locate(stream: string, unixMs: number): Promise<number>;
}

/** What to read. The journal says how much one answer holds. */
export interface ReadQuery {
  readonly stream: string;
  /** A sequence. */
  readonly from: number;
  /** An MQTT topic filter; all topics unless stated. */
  readonly topic?: string;
  /** How long to wait for a record when there is none yet; not at all unless stated. */
  readonly waitMs?: number;
}

/** A part of a stream. */
export interface ReadPart {
  readonly records: readonly TimedRecord[];
  /** What lies between and cannot be read any more, in order. */
  readonly lost: readonly LostRange[];
  /** Where to read on. Nothing that matches lies before it but what is here. */
  readonly nextSequence: number;
}

/** A record, and when it was accepted as far as is known now. */
export interface TimedRecord extends StoredRecord {
  readonly time: RepairedTime;
}

/** What is in a journal. */
export interface JournalStat {
  readonly streams: readonly StreamStat[];
  readonly cursors: readonly CursorStat[];
  /** Of a gateway that runs. */
  readonly wear?: WearStatus;
}

/** How far one sink is on one stream, and what it has before it. */
export interface CursorStat extends CursorPlace {
  /** Records that are there and that it has not had; absent where the stream is not configured any more, and nobody has counted. */
  readonly backlogCount?: number;
  /** Records that went before it had them, and of which it was not told yet; absent while there is none. */
  readonly lost?: number;
}

/** What is in one stream. Times are absent while it is empty. */
export interface StreamStat extends StreamStatus {
  readonly oldestTime?: RepairedTime;
  readonly newestTime?: RepairedTime;
  /** What is known to be lost, in order. */
  readonly lost: readonly LostRange[];
}
