/** A parameter that is asked for again and again. */
export interface PolledPid {
  readonly pid: number;
  readonly intervalMs: number;
}

/** How much of an interval may be lacking when other parameters are asked for anyway: one batch is cheaper than two. */
const EARLY_SHARE = 0.1;

/**
 * When to ask for what. A vehicle that answers slower than it is asked gets no queue: what was late is asked for once, and the slow
 * parameters have their turn between the fast ones.
 */
export class PollPlan {
  readonly #entries: { readonly pid: number; readonly intervalMs: number; dueMs: number }[];

  constructor(pids: readonly PolledPid[], nowMs: number) {
    this.#entries = pids.map(({ pid, intervalMs }) => ({ pid, intervalMs, dueMs: nowMs }));
  }

  /** When the next round begins; infinite without parameters. */
  get dueMs(): number {
    return this.#entries.reduce((earliest, { dueMs }) => Math.min(earliest, dueMs), Number.POSITIVE_INFINITY);
  }

  /** The parameters of a round that begins now. */
  take(nowMs: number): readonly number[] {
    const pids: number[] = [];
    for (const entry of this.#entries) {
      if (entry.dueMs - nowMs > entry.intervalMs * EARLY_SHARE) continue;
      pids.push(entry.pid);
      // On its own beat, unless that has been missed.
      const next = entry.dueMs + entry.intervalMs;
      entry.dueMs = next > nowMs ? next : nowMs + entry.intervalMs;
    }
    return pids;
  }
}

/** The most that one request on CAN may ask for. @see SAE J1979, clause 6.1 */
export const MAX_PIDS_PER_REQUEST = 6;

/** Parameters in requests of at most so many. */
export function batchPids(pids: readonly number[], batchSize: number): readonly (readonly number[])[] {
  const batches: (readonly number[])[] = [];
  for (let index = 0; index < pids.length; index += batchSize) batches.push(pids.slice(index, index + batchSize));
  return batches;
}
