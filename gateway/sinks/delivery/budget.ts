import { type Allowance, isAllowed, lessBatch, UNLIMITED } from '#gateway/sinks/link/allowance.ts';

/** What one turn of the loop may spend on its link [D8]; once an event has to wait, nothing less urgent goes before it. */
export class Budget {
  #left: Allowance;
  #isSpent = false;
  #isReserveSpent = false;

  constructor(allowance: Allowance) {
    this.#left = allowance;
  }

  /** When there will be more, if something has to wait for it; else Infinity. */
  get moreAtMs(): number {
    return this.#isSpent ? this.#left.moreAtMs : Infinity;
  }

  /** Whether an event may go; one that may not keeps others of its kind from going. */
  allows(sizeBytes: number, isUrgent: boolean): boolean {
    if (isUrgent ? this.#isReserveSpent : this.#isSpent) return false;
    if (this.#left === UNLIMITED || isAllowed(this.#left, isUrgent, 0, 0, sizeBytes)) return true;
    this.#isReserveSpent ||= isUrgent;
    this.#isSpent = true;
    return false;
  }

  /** Whether another event may join a batch that has something. */
  allowsMore(isUrgent: boolean, batchBytes: number, batchEvents: number, sizeBytes: number): boolean {
    return this.#left === UNLIMITED || isAllowed(this.#left, isUrgent, batchBytes, batchEvents, sizeBytes);
  }

  spend(bytes: number, events: number): void {
    if (this.#left !== UNLIMITED) this.#left = lessBatch(this.#left, bytes, events);
  }
}
