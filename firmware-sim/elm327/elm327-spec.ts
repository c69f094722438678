import type { ObdNetworkSpec } from '#firmware-sim/obd/obd-network.ts';

/** An ELM327 of a scenario, and the diagnostic side of the vehicle behind it. */
export interface Elm327Spec extends ObdNetworkSpec {
  readonly kind: 'obd';
  /** Lower-case letters, digits and hyphens; names the port. */
  readonly name: string;
  /** Of its UART. */
  readonly baud: number;
  readonly personality: Elm327Personality;
}

/**
 * `elm327`: as the data sheet has it. `stn`: an STN1110, which also knows some of `ST…`. `clone`: says that it is newer than it is, lacks
 * what came after version 1.2, shows padding, sends a NUL here and there and forgets its prompt now and then.
 */
export type Elm327Personality = (typeof ELM327_PERSONALITIES)[number];
export const ELM327_PERSONALITIES = ['elm327', 'stn', 'clone'] as const;

/** What can go wrong with an adapter or happen to its vehicle, besides what can go wrong at every port. */
export type Elm327Fault =
  | { readonly do: 'ignitionOff' | 'ignitionOn' | 'lowVoltage' | 'clearDtcs'; readonly port: string }
  /** A trouble is found: `P0301`. */
  | { readonly do: 'storeDtc'; readonly port: string; readonly code: string }
  /** Requests end so, for a while. */
  | {
      readonly do: 'failRequests';
      readonly port: string;
      readonly answer: RequestFailure;
      readonly durationMs: number;
    };

/**
 * What an adapter says of a request that failed. Those with `<` stand at the end of the line of an answer that came damaged; after
 * `STOPPED`, `BUFFER FULL` and the rest of them no more of it comes.
 */
export type RequestFailure = (typeof REQUEST_FAILURES)[number];
export const REQUEST_FAILURES = [
  'NO DATA',
  'CAN ERROR',
  'BUS ERROR',
  'BUS BUSY',
  'FB ERROR',
  'DATA ERROR',
  'BUFFER FULL',
  'STOPPED',
  'UNABLE TO CONNECT',
  'ERR94',
  '<DATA ERROR',
  '<RX ERROR',
] as const;

/** A genuine adapter on a passenger car with two control units and no troubles. */
export const DEFAULT_ELM327: Elm327Spec = {
  kind: 'obd',
  name: 'obd',
  baud: 38_400,
  personality: 'elm327',
  protocol: '6',
  ecuCount: 2,
  storedDtcs: [],
  pendingDtcs: [],
  permanentDtcs: [],
  vin: 'WSTGATEW0Y0000042',
  hasPendingResponses: false,
};
