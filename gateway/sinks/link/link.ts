import type { Socket } from 'node:net';

/** A network that sinks share, with rates and budgets, as the delivery loop sees it [D8]. */
export interface Link {
  /** What may go now. Asked at every turn of a loop: it is cheap. */
  allowance(nowMs: number): Allowance;
  /** Takes an estimate of what is about to be sent out of the allowance; what the meters count settles it. */
  charge(estimate: Charge): void;
  /** Counts what a connection really takes on the wire, both ways, from the first byte of its handshake. */
  meter(socket: Socket): void;
  /** Calls back when mode or budget have changed so that more, or less, may go. @returns what ends it */
  watch(listener: () => void): () => void;
}

/** What a link allows at one moment. */
export interface Allowance {
  /** `metered`: only the lanes that the configuration of the link names. `off`: no connection at all. */
  readonly mode: LinkMode;
  /** What may be sent now; Infinity where nothing bounds it. */
  readonly bytes: number;
  /** The same for urgent lanes, which may spend the reserve as well; never less. */
  readonly urgentBytes: number;
  readonly events: number;
  /** The most that `bytes` can be by the rate of the link: a single event larger than that goes when `bytes` has come so far. */
  readonly burstBytes: number;
  /** When there will be more, monotonic; Infinity where time alone changes nothing. */
  readonly moreAtMs: number;
}

/** How a link may be used. */
export type LinkMode = 'normal' | 'metered' | 'off';

/** What is about to be sent. */
export interface Charge {
  readonly bytes: number;
  readonly events: number;
  readonly isUrgent: boolean;
}

/** Of a sink without a link. */
export const UNLIMITED: Allowance = {
  mode: 'normal',
  bytes: Infinity,
  urgentBytes: Infinity,
  events: Infinity,
  burstBytes: Infinity,
  moreAtMs: Infinity,
};
