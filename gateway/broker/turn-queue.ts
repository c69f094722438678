import { Fifo } from './sessions/fifo.ts';

/** Steps of logins and of ends of connections in one turn of the event loop: one or two milliseconds. */
export const MAX_STEPS_A_TURN = 8;

/**
 * Spreads over turns of the event loop what hundreds of clients want at once, such as to be back after an outage: what the others send is
 * read and answered in between. First come, first served; a step is taken at once where nobody waits and the turn has room.
 */
export class TurnQueue {
  readonly #waiting = new Fifo<() => void>();
  #roomCount = MAX_STEPS_A_TURN;
  #isScheduled = false;

  enter(step: () => void): void {
    if (this.#roomCount > 0 && this.#waiting.length === 0) this.#take(step);
    else this.#waiting.push(step);
  }

  #take(step: () => void): void {
    this.#roomCount--;
    if (!this.#isScheduled) setImmediate(() => this.#begin());
    this.#isScheduled = true;
    step();
  }

  #begin(): void {
    this.#isScheduled = false;
    this.#roomCount = MAX_STEPS_A_TURN;
    while (this.#roomCount > 0) {
      const step = this.#waiting.shift();
      if (step === undefined) return;
      this.#take(step);
    }
  }
}
