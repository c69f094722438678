import type { Clock } from '#gateway/runtime/clock.ts';
import { heldBackMs, initialRateState, type PublishRate, stepRate } from './publish-rate.ts';

/** The publishes of all connections of one account, at its rate: {@link stepRate} on a clock. */
export class PublishThrottle {
  readonly #rate: PublishRate;
  readonly #clock: Clock;
  #state: ReturnType<typeof initialRateState>;

  constructor(rate: PublishRate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#state = initialRateState(clock.monotonicMs(), rate);
  }

  /** How long publishes have been held back without a pause; 0 if they are not. */
  get heldBackMs(): number {
    return heldBackMs(this.#state, this.#clock.monotonicMs());
  }

  /** @param retry called when it is worth asking again, if the answer is no */
  mayPass(retry: () => void): boolean {
    const [state, waitMs] = stepRate(this.#state, this.#clock.monotonicMs(), this.#rate);
    this.#state = state;
    if (waitMs > 0) this.#clock.schedule(waitMs, retry);
    return waitMs === 0;
  }
}
