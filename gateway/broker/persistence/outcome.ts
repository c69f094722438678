/**
 * What a promise is, without its turn of the microtask queue: `then` calls back at once when the outcome is known, and else in
 * the moment in which it becomes known.
 *
 * Aedes waits for its persistence before it writes PUBREC, PUBCOMP, SUBACK and UNSUBACK. With promises those would leave some
 * microtasks after an acknowledgement that needs none, and so out of the order of arrival [MQTT-4.6.0-3].
 */
export class Outcome<T> implements PromiseLike<T> {
  #state: 'pending' | 'fulfilled' | 'rejected' = 'pending';
  #value: T | undefined;
  #reason: unknown;
  #listeners: (() => void)[] = [];

  /** Known from the start. */
  static of<T>(value: T): Outcome<T> {
    const outcome = new Outcome<T>();
    outcome.#state = 'fulfilled';
    outcome.#value = value;
    return outcome;
  }

  /** Failed from the start. */
  static failed<T>(reason: unknown): Outcome<T> {
    const outcome = new Outcome<T>();
    outcome.#state = 'rejected';
    outcome.#reason = reason;
    return outcome;
  }

  /** @param start is given the callback that takes the outcome; it may call it before it returns */
  static from(start: (done: (error?: Error) => void) => void): Outcome<void> {
    const outcome = new Outcome<void>();
    start((error) => outcome.#settle(error));
    return outcome;
  }

  // biome-ignore lint/suspicious/noThenProperty: it stands in for a promise
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    const next = new Outcome<A | B>();
    const act = () => {
      const isFulfilled = this.#state === 'fulfilled';
      if (isFulfilled && onFulfilled) next.#follow(onFulfilled(this.#value as T));
      else if (!isFulfilled && onRejected) next.#follow(onRejected(this.#reason));
      // Passed on as it is: the handler that would change its type is missing.
      else next.#copy(this as unknown as Outcome<A | B>);
    };
    if (this.#state === 'pending') this.#listeners.push(act);
    else act();
    return next;
  }

  finally(action: () => void): PromiseLike<T> {
    const pass = (value: T) => {
      action();
      return value;
    };
    return this.then(pass, (reason) => {
      action();
      return Outcome.failed<T>(reason);
    });
  }

  #settle(error: Error | undefined): void {
    this.#state = error === undefined ? 'fulfilled' : 'rejected';
    this.#reason = error;
    this.#tell();
  }

  #follow(value: T | PromiseLike<T>): void {
    if (value instanceof Outcome)
      value.then(
        () => this.#copy(value),
        () => this.#copy(value),
      );
    else {
      this.#state = 'fulfilled';
      this.#value = value as T;
      this.#tell();
    }
  }

  #copy(other: Outcome<T>): void {
    this.#state = other.#state;
    this.#value = other.#value;
    this.#reason = other.#reason;
    this.#tell();
  }

  #tell(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }
}
