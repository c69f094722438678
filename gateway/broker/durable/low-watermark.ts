/** How far a stream has been fanned out without a gap, while messages of many clients are fanned out in no order of sequences. */
export class LowWatermark {
  /** Begun and not finished. A count, because a record that was given up leaves its sequence to the next. */
  readonly #open = new Map<number, number>();
  #highest: number;

  /** @param sequence everything up to it is done */
  constructor(sequence: number) {
    this.#highest = sequence;
  }

  /** The highest sequence begun; after a rewind that of the rewind. */
  get highest(): number {
    return this.#highest;
  }

  /** Everything up to this is done. */
  get sequence(): number {
    let lowest = this.#highest + 1;
    for (const sequence of this.#open.keys()) if (sequence < lowest) lowest = sequence;
    return lowest - 1;
  }

  /** @returns whether it goes on behind a record that was given up: sequences are being given again */
  begin(sequence: number): boolean {
    const isRewound = sequence <= this.#highest;
    this.#highest = sequence;
    this.#open.set(sequence, (this.#open.get(sequence) ?? 0) + 1);
    return isRewound;
  }

  finish(sequence: number): void {
    const count = this.#open.get(sequence) ?? 0;
    if (count > 1) this.#open.set(sequence, count - 1);
    else this.#open.delete(sequence);
  }
}
