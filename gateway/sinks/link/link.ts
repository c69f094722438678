import type { Socket } from 'node:net';
import type { Allowance } from './allowance.ts';

/** A network that sinks share, with rates and budgets, as the delivery loop sees it [D8]. */
export interface Link {
  readonly id: string;
  /**
   * What may go now. Asked at every turn of a loop: it is cheap.
   *
   * @param wantedBytes the largest event that could go next; room for it is made durable ahead. The largest there can be when not known.
   */
  allowance(nowMs: number, wantedBytes?: number): Allowance;
  /**
   * Takes an estimate of what is about to be sent out of the allowance. What the meters count is what is paid in the end.
   *
   * @returns to be called once, when the answer is there or the connection is given up: the estimate stands no longer
   */
  charge(estimate: Charge): () => void;
  /** Counts what a connection really takes on the wire, both ways, from the first byte of its handshake. */
  meter(socket: Socket): void;
  /** What the batches of a sink took on the wire when it sent over this link last, also before a restart; undefined while nothing is learnt. */
  wireShareOf(sink: string): number | undefined;
  /** Keeps that, with what it writes down next: no write is worth it. */
  keepWireShare(sink: string, share: number): void;
  /** Calls back when mode or budget have changed so that more, or less, may go. @returns what ends it */
  watch(listener: () => void): () => void;
}

/** What is about to be sent. */
export interface Charge {
  readonly bytes: number;
  readonly events: number;
  readonly isUrgent: boolean;
}
