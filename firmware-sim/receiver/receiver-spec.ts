import { SATELLITE_SYSTEMS, type SatelliteSystem } from '#firmware-sim/sky/almanac.ts';

/** What a simulated receiver is: fixed by the scenario, though a host may change rate, speed and messages by command. */
export interface ReceiverSpec {
  /** Lower-case letters, digits and hyphens; names the port. */
  readonly name: string;
  /** Of its UART: 10 bits carry a byte. */
  readonly baud: number;
  /** Epochs a second, 1 to 25. */
  readonly rateHz: number;
  readonly protocol: ReceiverProtocol;
  /** In the order of sending; not sent by a receiver that speaks only UBX. */
  readonly sentences: readonly SentenceName[];
  /** In the order of sending; not sent by a receiver that speaks only NMEA. */
  readonly messages: readonly MessageName[];
  readonly systems: readonly SatelliteSystem[];
  readonly start: StartKind;
  /** From the vehicle's reference point, metres. */
  readonly antennaOffsetM: AntennaOffset;
  /** Estimates its position for a while when there are no satellites, from sensors of its own. */
  readonly deadReckoning: boolean;
  /** Multiplies its errors: 0 is an instrument without any. */
  readonly errorScale: number;
}

/** `mixed`: both protocols on one line, with a frame of RTCM 3 now and then. */
export type ReceiverProtocol = (typeof RECEIVER_PROTOCOLS)[number];
export const RECEIVER_PROTOCOLS = ['nmea', 'ubx', 'mixed'] as const;

/** NMEA 0183 sentences that a receiver can be told to send; `PUBX00` is proprietary to u-blox. */
export type SentenceName = (typeof SENTENCE_NAMES)[number];
export const SENTENCE_NAMES = [
  'RMC',
  'GGA',
  'GNS',
  'GLL',
  'VTG',
  'GSA',
  'GSV',
  'GST',
  'ZDA',
  'HDT',
  'THS',
  'PUBX00',
] as const;

/** UBX messages that a receiver can be told to send. */
export type MessageName = (typeof MESSAGE_NAMES)[number];
export const MESSAGE_NAMES = [
  'NAV-PVT',
  'NAV-SAT',
  'NAV-DOP',
  'NAV-STATUS',
  'NAV-TIMELS',
  'MON-HW',
  'MON-RF',
  'ESF-STATUS',
  'NAV-EOE',
] as const;

/**
 * What it knows when it is switched on. `running`: it has been on for long. `hot`: time and orbits. `warm`: time, old orbits.
 * `cold`: nothing, not even the time.
 */
export type StartKind = (typeof START_KINDS)[number];
export const START_KINDS = ['running', 'hot', 'warm', 'cold'] as const;

/** In the vehicle's own directions. */
export interface AntennaOffset {
  readonly forward: number;
  readonly right: number;
  readonly up: number;
}

/** Speeds that a UART of a receiver can be set to. */
export const BAUD_RATES = [4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600] as const;
/** The most epochs a second. */
export const MAX_RATE_HZ = 25;

/** A receiver of four systems that has been on for long: what a scenario does not state is as here. */
export const DEFAULT_RECEIVER: ReceiverSpec = {
  name: 'gnss',
  baud: 38_400,
  rateHz: 1,
  protocol: 'nmea',
  sentences: ['RMC', 'GGA', 'GSA', 'GSV', 'VTG'],
  messages: ['NAV-PVT', 'NAV-DOP', 'NAV-SAT', 'NAV-STATUS'],
  systems: SATELLITE_SYSTEMS,
  start: 'running',
  antennaOffsetM: { forward: 0, right: 0, up: 0 },
  deadReckoning: false,
  errorScale: 1,
};
