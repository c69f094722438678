/** Runs one thing at a time, in the order in which they were asked for, whatever becomes of those before. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(action);
    // It is the caller who is told; the next one has its turn all the same.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
