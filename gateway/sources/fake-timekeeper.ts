import type { Stamp } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Timekeeper } from '#gateway/runtime/timekeeper.ts';

/** Believes its clock. */
export class FakeTimekeeper implements Pick<Timekeeper, 'stamp'> {
  quality: Stamp['quality'] = 'system';
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  stamp(): Stamp {
    const { quality } = this;
    const clock = this.#clock;
    return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), clockRun: '0123456789abcdef', quality };
  }
}
