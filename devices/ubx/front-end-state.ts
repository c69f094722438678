/** What the supervisor of an active antenna sees; `unknown` where there is none. */
export type AntennaState = (typeof ANTENNA_STATES)[number];

/** Whether the antenna is fed. */
export type AntennaPower = (typeof ANTENNA_POWERS)[number];

/** `warning`: interference, the fix is still good. `critical`: there is none because of it. `unknown` where the receiver does not watch for it. */
export type JammingState = (typeof JAMMING_STATES)[number];

/** What MON-HW states of its front end and MON-RF of each. */
export interface FrontEndState {
  readonly antenna: AntennaState;
  readonly antennaPower: AntennaPower;
  readonly jamming: JammingState;
  /** 0 none to 255 strong continuous-wave interference. */
  readonly jammingIndicator: number;
  /** As measured by the receiver, without a unit. */
  readonly noisePerMs: number;
  /** Automatic gain control, 0 to 8191. */
  readonly gain: number;
}

/** By the number that MON-HW and MON-RF state. */
export const ANTENNA_STATES = ['initializing', 'unknown', 'ok', 'short', 'open'] as const;

/** See {@link ANTENNA_STATES}. */
export const ANTENNA_POWERS = ['off', 'on', 'unknown'] as const;

/** See {@link ANTENNA_STATES}. */
export const JAMMING_STATES = ['unknown', 'ok', 'warning', 'critical'] as const;
