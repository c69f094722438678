/**
 * A map from keys to values that outlives power cuts: what a part of the gateway must remember and no stream of events tells.
 *
 * It knows nothing of what it holds, keeps no values in memory, and writes no more than it must: changes gather until somebody waits
 * for them. The bytes are drawn in `docs/journal-format.md`; start reading at `open-state-map.ts`.
 */
import type { AppendDone } from '#gateway/journal/journal.ts';
import type { StateStatus } from '#gateway/model/status.ts';

/** A log-structured map on one stream of the journal. Made by `openStateMap`. */
export interface StateMap extends AsyncDisposable {
  /**
   * Reads everything back, each key once with its newest value, in the order in which they were written last. Before the first
   * change only. The value is a view of what was read: who keeps it, copies it.
   */
  load(visit: (key: string, value: Buffer) => void): Promise<void>;
  /**
   * Reads one value back, at any time, also one that is not written yet. Who asks for many in the order in which they were written reads
   * each record of the log once. The value is a view as in `load`.
   *
   * @returns undefined where there is none, or where the disk does not give what it was given [J5]
   * @throws WaystationError `journal.failed`, `journal.closed`
   */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Written lazily. The value must not be changed until then. One above `MAX_STATE_VALUE_BYTES` is told in the log, and deletes the key. */
  set(key: string, value: Uint8Array): void;
  /** Written lazily. What was set and never written costs nothing. */
  delete(key: string): void;
  /**
   * Calls back once everything set or deleted so far is synced, in the order of the calls; at once if it is already. After an
   * error (`journal.full`, `journal.failed`, `journal.closed`) the changes stay pending and are tried again.
   */
  settle(done: AppendDone): void;
  /** Called just before each write, so that its owner adds what belongs with it. Everything that is pending then is written at one stroke. */
  beforeWrite: (() => void) | undefined;
  /** Writing fails, and `MAX_PENDING_STATE_BYTES` wait for it: whoever changes more makes the gateway hold more and more. */
  readonly isFull: boolean;
  status(): StateStatus;
}
