import type { LinkMode } from '#gateway/model/link-status.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { ScheduleWindow } from './schedule.ts';

/** One link as configured. */
export interface LinkConfig {
  readonly id: string;
  /** Outside of the windows of the schedule, unless somebody says otherwise while the gateway runs. */
  readonly mode: LinkMode;
  readonly schedule: readonly ScheduleWindow[];
  /** Alerts and control when absent. */
  readonly meteredLanes?: readonly StreamId[] | undefined;
  readonly maxBytesPerSecond?: number | undefined;
  readonly maxEventsPerSecond?: number | undefined;
  readonly maxBytesPerDay?: number | undefined;
  /** Of the bytes of a day, for urgent lanes only. */
  readonly alertReserveBytes: number;
  /** Minutes since midnight, by the clocks on the wall of `timeZone`. */
  readonly dayStartsAt: number;
  readonly timeZone: string;
}
