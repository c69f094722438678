import type { EventRecord } from '#gateway/model/message.ts';

/** What keeps events on disk: the journal, or a database in its place. */
export interface EventLog extends AsyncDisposable {
  /** Takes events as one commit; resolves when they are durable. */
  commit(events: readonly EventRecord[]): Promise<void>;
  /** Payloads of the last `count` events, in order. */
  readLast(count: number): AsyncIterable<Uint8Array>;
  /** Commits so far. */
  commitCount(): number;
  /** Bytes on disk that hold something, if that can be told; may write what is due. Nothing is committed afterwards. */
  keptBytes(): Promise<number | undefined>;
}
