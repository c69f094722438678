import type { LinkCalendar } from './link-calendar.ts';
import type { LinkConfig } from './link-config.ts';
import { type ModeInForce, type ModeOverride, modeInForce } from './link-mode.ts';

/** How a link is to be used: what was said last, and what that comes to with schedule and configuration as time goes on. */
export class ModeWatch {
  readonly #config: Pick<LinkConfig, 'mode' | 'schedule'>;
  readonly #calendar: LinkCalendar;
  #override: ModeOverride | undefined;
  #inForce: ModeInForce;

  /** @param override as kept from the last run */
  constructor(
    config: Pick<LinkConfig, 'mode' | 'schedule'>,
    calendar: LinkCalendar,
    override: ModeOverride | undefined,
  ) {
    this.#config = config;
    this.#calendar = calendar;
    this.#override = override;
    this.#inForce = { mode: config.mode, from: 'configuration', endsInMs: undefined };
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

  /** @param wallMs undefined while nobody knows the date @returns whether the mode is another one now */
  look(elapsedMs: number, wallMs: number | undefined): boolean {
    if (this.#override?.untilMs !== undefined && this.#override.untilMs <= elapsedMs) this.#override = undefined;
    const before = this.#inForce;
    this.#inForce = modeInForce(this.#config, this.#calendar, this.#override, elapsedMs, wallMs);
    return this.#inForce.mode !== before.mode;
  }
}
