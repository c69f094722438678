/** Buses of one log that are told apart; frames of more are passed over. */
export const MAX_LOG_BUSES = 64;

/** What follows each bus of a log, made when the channel is met first. */
export class LogBuses<T> {
  readonly #open: (channel: string | undefined) => T;
  readonly #buses = new Map<string | undefined, T>();

  constructor(open: (channel: string | undefined) => T) {
    this.#open = open;
  }

  /** @returns undefined for a channel beyond the bound */
  of(channel: string | undefined): T | undefined {
    const known = this.#buses.get(channel);
    if (known !== undefined || this.#buses.size >= MAX_LOG_BUSES) return known;
    const bus = this.#open(channel);
    this.#buses.set(channel, bus);
    return bus;
  }

  /** In the order in which they were met. */
  all(): readonly T[] {
    return [...this.#buses.values()];
  }
}
