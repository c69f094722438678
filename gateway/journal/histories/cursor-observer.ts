import type { Cursor, SequenceRange } from '#gateway/journal/journal.ts';
import type { Excuses } from './stream-observer.ts';
import { Violation } from './violation.ts';

/** What an outside observer knows of one sink's cursor over all its lives, and demands of it [J10]. */
export class CursorObserver {
  readonly name: string;
  /** What the sink has said, and what of it the journal has said to be durable. */
  #saidSequence = 0;
  #persistedSequence = 0;
  /** Whether its file is known to be there. Until then it may begin anew, where the stream does. */
  #isKept = false;
  /** What the sink has beyond, one by one. */
  readonly #jumped = new Set<number>();

  constructor(name: string) {
    this.name = name;
  }

  /** A new life begins. */
  open(cursor: Cursor, { mayBeDamaged }: Excuses): void {
    const { acknowledgedSequence, ranges } = cursor;
    for (const { from, to } of ranges) {
      for (let sequence = Math.max(from, this.#saidSequence + 1); sequence <= to; sequence++) {
        if (!this.#jumped.has(sequence)) throw new Violation('J10', `${this.name} says it has ${sequence}`);
      }
    }
    if (mayBeDamaged && !this.#isKept) this.#saidSequence = Math.max(this.#saidSequence, acknowledgedSequence);
    if (acknowledgedSequence > this.#saidSequence) {
      throw new Violation('J10', `${this.name} is at ${acknowledgedSequence}, its sink came to ${this.#saidSequence}`);
    }
    if (acknowledgedSequence < this.#persistedSequence && !mayBeDamaged) {
      throw new Violation(
        'J10',
        `${this.name} is at ${acknowledgedSequence}, persisted was ${this.#persistedSequence}`,
      );
    }
    this.#persistedSequence = acknowledgedSequence;
  }

  /** The sink has everything up to a sequence. */
  advance(cursor: Cursor, acknowledgedSequence: number, forwardedSequence: number): void {
    this.#saidSequence = Math.max(this.#saidSequence, acknowledgedSequence);
    cursor.advance(acknowledgedSequence, forwardedSequence);
  }

  /** The sink has some beyond those that it waits for. */
  jump(cursor: Cursor, range: SequenceRange): void {
    for (let sequence = range.from; sequence <= range.to; sequence++) this.#jumped.add(sequence);
    cursor.advance(cursor.acknowledgedSequence, cursor.forwardedSequence, { ranges: [range] });
  }

  async persist(cursor: Cursor): Promise<void> {
    const sequence = cursor.acknowledgedSequence;
    await cursor.persist();
    this.#isKept = true;
    this.#persistedSequence = Math.max(this.#persistedSequence, sequence);
  }
}
