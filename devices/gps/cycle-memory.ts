/**
 * Learns after which sentences a receiver has said all it has to say of an epoch, so that a live epoch need not wait for the next one.
 *
 * A *cycle* is the addresses of an epoch's sentences in their order. It is trusted to be an end once it has ended
 * {@link FIRST_CONFIRMATIONS} epochs and was not followed by anything meanwhile. Trust that proves wrong (a sentence followed after
 * all, as when a receiver sends one of its sentences in every tenth epoch only) has to be earned again by many more epochs.
 */
export class CycleMemory {
  readonly #cycles = new Map<string, CycleTrust>();

  /** Whether an epoch that reads `cycle` so far may be taken as complete. */
  isTrustedEnd(cycle: Cycle): boolean {
    const trust = this.#cycles.get(cycle.join(' '));
    return trust !== undefined && trust.confirmations >= trust.needed;
  }

  /** Takes note of an epoch that is over beyond doubt, because the next one has begun. */
  learn(cycle: Cycle): void {
    if (this.#cycles.size > MAX_CYCLES) this.#cycles.clear();
    let begun = '';
    for (const address of cycle.slice(0, -1)) {
      begun += begun === '' ? address : ` ${address}`;
      this.#distrust(begun);
    }
    const { confirmations, needed } = this.#trust(cycle.join(' '));
    this.#cycles.set(cycle.join(' '), { confirmations: Math.min(confirmations + 1, needed), needed });
  }

  #distrust(cycle: string): void {
    const { confirmations, needed } = this.#trust(cycle);
    const wasWrong = confirmations >= needed;
    this.#cycles.set(cycle, { confirmations: 0, needed: wasWrong ? needed * PENALTY_FACTOR : needed });
  }

  #trust(cycle: string): CycleTrust {
    return this.#cycles.get(cycle) ?? { confirmations: 0, needed: FIRST_CONFIRMATIONS };
  }
}

/** Addresses of sentences in the order of their coming. */
export type Cycle = readonly string[];

interface CycleTrust {
  /** Epochs that ended with this cycle since something last followed it. */
  readonly confirmations: number;
  /** Epochs that it takes. */
  readonly needed: number;
}

/** More than the five that cover receivers with some sentences in every fifth epoch. */
export const FIRST_CONFIRMATIONS = 6;
const PENALTY_FACTOR = 8;
/** A receiver has a handful of cycles; a hostile one is forgotten now and then. */
const MAX_CYCLES = 512;
