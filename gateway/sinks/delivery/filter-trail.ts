import type { EventRecord } from '#gateway/model/message.ts';
import type { Decision, FilterChange, FilterMemory, Shaper } from '#gateway/sinks/shape/shaper.ts';

/**
 * What a filter remembers along one run: once as far as was read, to decide on what comes next, and once as far as is
 * acknowledged, which is what a restart goes on from: it forwards the same events again.
 */
export class FilterTrail {
  readonly #shaper: Shaper;
  readonly #committed: FilterMemory;
  #reading: FilterMemory;
  /** Between the two, in order; what comes before `#first` is committed. */
  #pending: { readonly sequence: number; readonly change: FilterChange }[] = [];
  #first = 0;
  #decidedSequence = 0;

  /**
   * @param state as a cursor kept it
   * @param onDamaged is told why it cannot be read; the filter begins anew then
   */
  constructor(shaper: Shaper, state?: Uint8Array, onDamaged?: (reason: string) => void) {
    this.#shaper = shaper;
    this.#committed = shaper.openMemory(state, onDamaged);
    this.#reading = this.#committed.fork();
  }

  /** The last that was decided on, also where it is read again. */
  get decidedSequence(): number {
    return this.#decidedSequence;
  }

  /** Decides on the next record of the run, and remembers that. */
  decide(sequence: number, record: EventRecord): Decision {
    this.#decidedSequence = Math.max(this.#decidedSequence, sequence);
    const decision = this.#shaper.decide(record, this.#reading);
    if (decision.passes && decision.change !== undefined) {
      this.#reading.apply(decision.change);
      this.#pending.push({ sequence, change: decision.change });
    }
    return decision;
  }

  /** What follows from `sequence` on is read again. */
  rewind(sequence: number): void {
    if ((this.#pending.at(-1)?.sequence ?? 0) < sequence) return;
    this.#pending = this.#pending.slice(this.#first).filter((each) => each.sequence < sequence);
    this.#first = 0;
    this.#reading = this.#committed.fork();
    for (const { change } of this.#pending) this.#reading.apply(change);
  }

  /** Everything up to `sequence` needs no sending any more. */
  commit(sequence: number): void {
    for (let next = this.#pending[this.#first]; next !== undefined && next.sequence <= sequence; ) {
      this.#committed.apply(next.change);
      next = this.#pending[++this.#first];
    }
    if (this.#first < this.#pending.length / 2) return;
    this.#pending = this.#pending.slice(this.#first);
    this.#first = 0;
  }

  /** As far as is acknowledged. */
  encode(maxBytes: number): Uint8Array | undefined {
    return this.#committed.encode(maxBytes);
  }
}
