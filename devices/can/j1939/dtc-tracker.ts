import type { J1939Dtc, Lamps } from './diagnostic-message.ts';

/** A trouble code became active, or is no more. */
export interface DtcChange {
  readonly state: 'raised' | 'cleared';
  readonly dtc: J1939Dtc;
  /** Address of the node when it said so. */
  readonly source: number;
  /** NAME of the node, where it has claimed. */
  readonly name?: bigint;
  /** What the lamps of the node show now. */
  readonly lamps: Lamps;
  /** By the clock of the bus. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}
