/** A guarantee that did not hold. @see docs/guarantees.md */
export class Violation extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, found: string) {
    super(`${invariant} is violated: ${found}`);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

type Invariant = `${'J' | 'D'}${number}`;
