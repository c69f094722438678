import { WaystationError } from '#gateway/model/errors.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import {
  type BaudHabits,
  type BaudSearch,
  type BaudSearchEvent,
  baudOf,
  beginBaudSearch,
  stepBaudSearch,
} from './baud-search.ts';

/** What a {@link BaudFinder} drives. */
export interface BaudFinderOptions {
  readonly path: string;
  /** The rate that was found last time. */
  readonly remembered?: number;
  /** Those of satellite receivers unless stated. */
  readonly habits?: BaudHabits;
  readonly clock: Clock;
  /** Sets the open port. @returns false when it does not have the rate */
  readonly setBaud: (baud: number) => Promise<boolean>;
  /** A rate has been proved, or one that had been is looked for again (undefined). */
  readonly onChange: (baud: number | undefined) => void;
}

/** Drives a {@link BaudSearch}: owns the clock and the port's rate, decides nothing. */
export class BaudFinder {
  readonly #options: BaudFinderOptions;
  #search: BaudSearch;
  #remembered: number | undefined;

  constructor(options: BaudFinderOptions) {
    this.#options = options;
    this.#remembered = options.remembered;
    this.#search = beginBaudSearch(options.clock.monotonicMs(), options.remembered, options.habits);
  }

  /** The rate that messages have proved; absent while it is looked for. */
  get found(): number | undefined {
    return this.#search.isFound ? baudOf(this.#search) : undefined;
  }

  /** Why no rate was found although every one has been tried and something came. */
  get lastError(): string | undefined {
    const { isFound, hasHeardNoise, roundCount } = this.#search;
    if (isFound || !hasHeardNoise || roundCount === 0) return undefined;
    const found = `Listening to ${this.#options.path}: at no rate does a message come whole`;
    return new WaystationError('port.unintelligible', found).summary;
  }

  /** Before an opening: what speaks there may be another device. @returns the rate to open with */
  begin(): number {
    const { clock, habits } = this.#options;
    this.#search = beginBaudSearch(clock.monotonicMs(), this.#remembered, habits);
    return baudOf(this.#search);
  }

  /** What came since the last call; nothing when only time has passed. */
  hear(bytes: number, messages: number): void {
    this.#step({ kind: 'heard', bytes, messages });
  }

  #step(event: BaudSearchEvent): void {
    const { clock, setBaud, onChange } = this.#options;
    const before = { baud: baudOf(this.#search), found: this.found };
    this.#search = stepBaudSearch(this.#search, clock.monotonicMs(), event);
    const baud = baudOf(this.#search);
    const { found } = this;
    if (found !== undefined) this.#remembered = found;
    if (found !== before.found) onChange(found);
    if (baud === before.baud) return;
    void setBaud(baud).then((hasRate) => {
      if (!hasRate && baudOf(this.#search) === baud) this.#step({ kind: 'refused' });
    });
  }
}
