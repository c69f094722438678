import type { Arrival } from './arrival.ts';

/** The far end of a sink beside the first one. */
export interface OtherSink extends AsyncDisposable {
  /** Its entry in the configuration, without its filter. */
  readonly config: object;
  /** Something happens to it. @returns when it is over */
  disturb(): Promise<void>;
  /** The gateway has died in the midst of whatever it did. */
  cutPower(): Promise<void>;
  /** Nothing happens any more. */
  calm(): Promise<void>;
  /** What it took, and what was wrong with it. Ask when the gateway has ended. */
  arrivals(): Promise<{ readonly arrivals: readonly Arrival[]; readonly wrong: readonly string[] }>;
}
