import type { Arrival } from './arrival.ts';

/** Whatever takes the events of a run. */
export interface FarEnd extends AsyncDisposable {
  readonly port: number;
  /** Kills it, and starts it again after a while. */
  restart(awayMs: number): Promise<void>;
  /** What it took, and what was wrong with it. Ask when nothing comes any more. */
  arrivals(): Promise<{ readonly arrivals: readonly Arrival[]; readonly wrong: readonly string[] }>;
}
