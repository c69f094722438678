/** UBX-MON-HW, antenna and interference of a receiver with one front end. It states no time. */
export interface MonHw {
  readonly type: 'MON-HW';
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

/** What the supervisor of an active antenna sees; `unknown` where there is none. */
export type AntennaState = 'initializing' | 'unknown' | 'ok' | 'short' | 'open';

/** Whether the antenna is fed. */
export type AntennaPower = 'off' | 'on' | 'unknown';

/** `warning`: interference, the fix is still good. `critical`: there is none because of it. `unknown` where the receiver does not watch for it. */
export type JammingState = 'unknown' | 'ok' | 'warning' | 'critical';
