import type { LinkMode } from '#gateway/model/link-status.ts';
import { type ModeInForce, type ModeOverride, modeInForce } from './link-mode.ts';
import type { ScheduleWindow } from './schedule.ts';

/** How a link is to be used: what was said last, and what that comes to with schedule and configuration as time goes on. */
export class ModeWatch {
  readonly #configured: LinkMode;
  readonly #schedule: readonly ScheduleWindow[];
  #override: ModeOverride | undefined;
  #inForce: ModeInForce;

  /** @param override as kept from the last run */
  constructor(configured: LinkMode, schedule: readonly ScheduleWindow[], override: ModeOverride | undefined) {
    this.#configured = configured;
    this.#schedule = schedule;
    this.#override = override;
    this.#inForce = { mode: configured, from: 'configuration', endsInMs: undefined };
  }

  get override(): ModeOverride | undefined {
    return this.#override;
  }

  get inForce(): ModeInForce {
    return this.#inForce;
  }

  /** Somebody said so; undefined takes back what was said. */
  say(override: ModeOverride | undefined): void {
    this.#override = override;
  }

  /** What was said before a gap is that much longer ago than it looked, and ends so much earlier on the line. */
  moveBack(gapMs: number, missedMs: number): void {
    const override = this.#override;
    if (override === undefined || override.sinceMs > gapMs) return;
    const { sinceMs, untilMs } = override;
    const until = untilMs === undefined ? undefined : untilMs - missedMs;
    this.#override = { ...override, sinceMs: sinceMs - missedMs, untilMs: until };
  }

  /** @returns whether the mode is another one now */
  look(elapsedMs: number, minuteOfWeek: number | undefined): boolean {
    if (this.#override?.untilMs !== undefined && this.#override.untilMs <= elapsedMs) this.#override = undefined;
    const before = this.#inForce;
    this.#inForce = modeInForce(this.#configured, this.#schedule, this.#override, elapsedMs, minuteOfWeek);
    return this.#inForce.mode !== before.mode;
  }
}
