import type { LinkMode, LinkModeSource } from '#gateway/model/link-status.ts';
import type { LinkCalendar } from './link-calendar.ts';
import type { LinkConfig } from './link-config.ts';
import { windowAt } from './schedule.ts';

/** What a person or a rule said while the gateway ran. */
export interface ModeOverride {
  readonly mode: LinkMode;
  readonly from: 'cli' | 'command';
  /** When, on the time line of the link. */
  readonly sinceMs: number;
  /** Where it ends there; undefined where it counts until the next word. */
  readonly untilMs: number | undefined;
}

/** The mode of a link, who said so, and when that ends by itself. */
export interface ModeInForce {
  readonly mode: LinkMode;
  readonly from: LinkModeSource;
  readonly endsInMs: number | undefined;
}

/**
 * The last word of a person or a rule counts, as long as it was given for; without one the window of the schedule that is under way,
 * which needs the date; outside of all windows, and while nobody knows the date, the configuration.
 *
 * @param wallMs undefined while nobody knows the date
 */
export function modeInForce(
  { mode: configured, schedule }: Pick<LinkConfig, 'mode' | 'schedule'>,
  calendar: LinkCalendar,
  override: ModeOverride | undefined,
  elapsedMs: number,
  wallMs: number | undefined,
): ModeInForce {
  if (override !== undefined && (override.untilMs === undefined || override.untilMs > elapsedMs)) {
    const { mode, from, untilMs } = override;
    return { mode, from, endsInMs: untilMs === undefined ? undefined : untilMs - elapsedMs };
  }
  const window = wallMs === undefined ? undefined : windowAt(schedule, calendar.minuteOfWeek(wallMs));
  if (wallMs === undefined || window === undefined)
    return { mode: configured, from: 'configuration', endsInMs: undefined };
  return { mode: window.mode, from: 'schedule', endsInMs: calendar.untilMinute(wallMs, window.minutesLeft) };
}
