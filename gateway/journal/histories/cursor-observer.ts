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
  /** Whether it may begin at the oldest record, as one that was never there, and whether it must. */
  #mayBegin = true;
  #mustBegin = false;

  constructor(name: string) {
    this.name = name;
  }

  /** A new life begins, and its sink is not there yet. @param isThere whether the journal knows of it */
  find(isThere: boolean, { mayBeDamaged }: Excuses): void {
    if (isThere && this.#mustBegin && !mayBeDamaged)
      throw new Violation('J10', `${this.name} was forgotten, and is back`);
    if (isThere) return;
    if (!this.#mayBegin && !mayBeDamaged) {
      throw new Violation('J10', `${this.name} is gone, at ${this.#saidSequence}, and nobody forgot it`);
    }
    this.#mayBegin = true;
  }

  /** Its sink comes, and there is nothing of it: whoever dies from here on may have made it. @param oldestSequence where it begins */
  beginning(oldestSequence: number): void {
    this.#mustBegin = false;
    this.#saidSequence = Math.max(this.#saidSequence, oldestSequence - 1);
  }

  /** Where it is. @param oldestSequence of its stream */
  open(cursor: Pick<Cursor, 'acknowledgedSequence' | 'ranges'>, oldestSequence: number, excuses: Excuses): void {
    const { mayBeDamaged, mayFail, mayBeFull } = excuses;
    const { acknowledgedSequence, ranges } = cursor;
    if (this.#mayBegin && acknowledgedSequence === oldestSequence - 1) {
      this.#saidSequence = Math.max(this.#saidSequence, acknowledgedSequence);
    }
    // What the disk had no room for is made later.
    this.#mayBegin &&= mayFail || mayBeFull;
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

  /** From here on it may be gone. */
  forgetting(): void {
    this.#mayBegin = true;
    this.#persistedSequence = 0;
  }

  /** From here on it must be gone. */
  forgot(): void {
    this.#mustBegin = true;
    this.#isKept = false;
    this.#saidSequence = 0;
    this.#jumped.clear();
  }

  /** The sink has everything up to a sequence. */
  advance(cursor: Cursor, acknowledgedSequence: number, forwardedSequence: number): void {
    this.#saidSequence = Math.max(this.#saidSequence, acknowledgedSequence);
    cursor.advance(acknowledgedSequence, forwardedSequence);
  }

  /** The sink has some beyond those that it waits for. */
  jump(cursor: Cursor, range: SequenceRange): void {
    for (let sequence = range.from; sequence <= range.to; sequence++) this.#jumped.add(sequence);
    const ranges = [{ ...range, forwardedSequence: range.to }];
    cursor.advance(cursor.acknowledgedSequence, cursor.forwardedSequence, { ranges });
  }

  async persist(cursor: Cursor): Promise<void> {
    const sequence = cursor.acknowledgedSequence;
    await cursor.persist();
    this.#isKept = true;
    this.#persistedSequence = Math.max(this.#persistedSequence, sequence);
  }
}
