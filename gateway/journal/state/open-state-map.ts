import type { TrimmableStream } from '#gateway/journal/journal.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { StateMap } from './state-map.ts';

/** What a map is opened with. */
export interface StateMapOptions {
  /** Holds nothing but this map: `Journal.state`. It is closed by its owner, after the map. */
  readonly stream: TrimmableStream;
  readonly clock: Clock;
  readonly stamp: () => Stamp;
  readonly logger: Logger;
  /** How long a change may wait for others before it is written; `LAZY_WRITE_MS` unless stated. */
  readonly lazyWriteMs?: number;
}

/** Reads the log of a map through, and makes it ready. Closing writes what is pending. */
export async function openStateMap(_options: StateMapOptions): Promise<StateMap> {
  throw new Error('not yet');
}
