import {
  type Allowance,
  isAllowed,
  lessBatch,
  roomAtMs,
  UNLIMITED,
  type WholeBatch,
} from '#gateway/sinks/link/allowance.ts';

/** What one turn of the loop may spend on its link [D8]; once an event has to wait, nothing less urgent goes before it. */
export class Budget {
  #left: Allowance;
  #isSpent = false;
  #isReserveSpent = false;
  #roomAtMs = Infinity;

  constructor(allowance: Allowance) {
    this.#left = allowance;
  }

  /** When there will be more, if something has to wait for it; else Infinity. */
  get moreAtMs(): number {
    if (this.#roomAtMs < Infinity) return this.#roomAtMs;
    return this.#isSpent ? this.#left.moreAtMs : Infinity;
  }

  /** Whether something of that kind has to wait for the link. */
  holds(isUrgent: boolean): boolean {
    return isUrgent ? this.#isReserveSpent : this.#isSpent;
  }

  /** Whether a batch that is not urgent may go, whole or as large as it ever can; one that may not keeps others from going. */
  hasRoom(whole: WholeBatch, nowMs: number, isPatient: boolean): boolean {
    if (this.#left === UNLIMITED) return true;
    const atMs = roomAtMs(this.#left, whole, nowMs, isPatient);
    if (atMs <= nowMs) return true;
    this.#isSpent = true;
    this.#roomAtMs = atMs;
    return false;
  }

  /** Whether an event may go; one that may not keeps others of its kind from going. */
  allows(sizeBytes: number, isUrgent: boolean): boolean {
    if (this.holds(isUrgent)) return false;
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
