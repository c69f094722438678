import type { StreamId } from './message.ts';

/**
 * Whether the power may be cut with nothing left to do: everything that was accepted is synced, and each sink has had all of it. What the
 * retained `status/power` says, and `waystation status --wait-drained` waits for.
 */
export interface PowerStatus {
  readonly safe: boolean;
  /** Exactly what is left; empty when it is safe. */
  readonly pending: readonly PendingWork[];
}

/** Something that is not done, how that stands, and why, in words. */
export type PendingWork = {
  readonly count: number;
  readonly state: PendingState;
  readonly why: string;
} & (
  | {
      /** Records that are taken in and not synced; none while a stream refuses what comes. */ readonly what: 'journal';
      readonly stream: StreamId;
    }
  | {
      /** Records that a sink has not dealt with, or of whose loss its target was not told. */ readonly what: 'sink';
      readonly sink: string;
      readonly stream: StreamId;
    }
  | {
      /** Dead letters that are to be tried again. */ readonly what: 'redrive';
      readonly sink: string;
    }
);

/** `underWay`: it is being done. `held`: mode, budget or rate of a link hold it back, as they were set to. `stuck`: something is wrong. */
export type PendingState = 'underWay' | 'held' | 'stuck';
