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

/** Something that is not done. */
export type PendingWork =
  /** Records that are taken in and not synced; none while a stream refuses what comes. */
  | { readonly what: 'journal'; readonly stream: StreamId; readonly count: number; readonly why: string }
  /** Records that a sink has not dealt with, or of whose loss its target was not told. */
  | {
      readonly what: 'sink';
      readonly sink: string;
      readonly stream: StreamId;
      readonly count: number;
      readonly why: string;
    }
  /** Dead letters that are to be tried again. */
  | { readonly what: 'redrive'; readonly sink: string; readonly count: number; readonly why: string };
