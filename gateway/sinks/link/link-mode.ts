import type { LinkMode, LinkModeSource } from '#gateway/model/link-status.ts';
import { type ScheduleWindow, windowAt } from './schedule.ts';

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

const MINUTE_MS = 60_000;

/**
 * The last word of a person or a rule counts, as long as it was given for; without one the window of the schedule that is under way,
 * which needs the date; outside of all windows, and while nobody knows the date, the configuration.
 *
 * @param minuteOfWeek undefined while nobody knows the date
 */
export function modeInForce(
  configured: LinkMode,
  schedule: readonly ScheduleWindow[],
  override: ModeOverride | undefined,
  elapsedMs: number,
  minuteOfWeek: number | undefined,
): ModeInForce {
  if (override !== undefined && (override.untilMs === undefined || override.untilMs > elapsedMs)) {
    const { mode, from, untilMs } = override;
    return { mode, from, endsInMs: untilMs === undefined ? undefined : untilMs - elapsedMs };
  }
  const window = minuteOfWeek === undefined ? undefined : windowAt(schedule, minuteOfWeek);
  if (window === undefined) return { mode: configured, from: 'configuration', endsInMs: undefined };
  return { mode: window.mode, from: 'schedule', endsInMs: window.minutesLeft * MINUTE_MS };
}
