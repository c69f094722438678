import type { Stamp } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Timekeeper } from '#gateway/runtime/timekeeper.ts';

/** Believes its clock, and remembers what receivers told it. */
export class FakeTimekeeper implements Pick<Timekeeper, 'stamp' | 'anchor'> {
  quality: Stamp['quality'] = 'system';
  readonly anchors: (readonly [unixMs: number, arrival: Stamp])[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  stamp(): Stamp {
    const { quality } = this;
    const clock = this.#clock;
    return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), clockRun: '0123456789abcdef', quality };
  }

  anchor(unixMs: number, arrival: Stamp): void {
    this.anchors.push([unixMs, arrival]);
  }
}
