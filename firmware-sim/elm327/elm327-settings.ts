import type { ObdProtocolDigit } from '#firmware-sim/obd/obd-protocol.ts';

/** What a host can set by `AT` commands. */
export interface Elm327Settings {
  readonly hasEcho: boolean;
  readonly hasLinefeeds: boolean;
  readonly hasSpaces: boolean;
  readonly hasHeaders: boolean;
  /** `AT R0`: requests are sent, and nobody waits for answers. */
  readonly hasResponses: boolean;
  /** `AT CAF1`: the adapter adds and takes away the protocol bytes of ISO-TP. */
  readonly isFormatted: boolean;
  /** `AT CFC1`: it answers a first frame. */
  readonly hasFlowControl: boolean;
  /** `AT AL`: requests of more than seven bytes. */
  readonly isLongAllowed: boolean;
  /** `AT SPh` and `AT SPAh`: which protocol, and whether others are tried when it fails. */
  readonly protocol: ObdProtocolDigit;
  readonly isAutomatic: boolean;
  /** `AT SThh`, in steps of 4.096 ms. */
  readonly timeoutMs: number;
  /** `AT AT0` to `AT AT2`. */
  readonly adaptiveTiming: 0 | 1 | 2;
  /** `AT SH`: the identifier of requests; undefined: to everybody. */
  readonly requestId: number | undefined;
  /** `AT CP`: the upper five bits of long identifiers. */
  readonly priorityBits: number;
  /** `AT CF`, `AT CM`, `AT CRA`: which answers are shown; undefined: those of ISO 15765-4. */
  readonly filterId: number | undefined;
  readonly filterMask: number | undefined;
}

/** One step of `AT ST`, milliseconds. */
export const TIMEOUT_STEP_MS = 4.096;

/** After `AT Z`, `AT WS` and `AT D`. */
export const FACTORY_SETTINGS: Elm327Settings = {
  hasEcho: true,
  hasLinefeeds: false,
  hasSpaces: true,
  hasHeaders: false,
  hasResponses: true,
  isFormatted: true,
  hasFlowControl: true,
  isLongAllowed: false,
  protocol: '0',
  isAutomatic: true,
  timeoutMs: 0x32 * TIMEOUT_STEP_MS,
  adaptiveTiming: 1,
  requestId: undefined,
  priorityBits: 0x18,
  filterId: undefined,
  filterMask: undefined,
};
