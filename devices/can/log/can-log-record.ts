import type { CanFrame } from '#devices/can/can-frame.ts';

/** One frame of a recording, of whatever format. */
export interface CanLogRecord {
  readonly frame: CanFrame;
  /** By the log: since the Unix epoch in logs of candump, since the start of the measurement in others. Absent where the log has none. */
  readonly timeMs?: number;
  /** The bus, as the log names it: `can0`, `1`. */
  readonly channel?: string;
  /** Whether the recorder received or sent it; absent where the log does not say. */
  readonly direction?: 'rx' | 'tx';
}

/**
 * `candump`: of `candump -l` and `-L`; `candumpScreen`: what candump prints otherwise; `asc`: of Vector's tools; `slcan`: what an adapter sends.
 */
export type CanLogFormat = 'candump' | 'candumpScreen' | 'asc' | 'slcan';

/** Why a line is no frame. */
export type CanLogRejection =
  | 'too-long'
  | 'not-a-record'
  | 'error-frame'
  | 'bad-id'
  | 'bad-data'
  | 'bad-length'
  | 'unknown-format';
