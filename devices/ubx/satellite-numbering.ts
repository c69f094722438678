import type { SatelliteSystem } from '#devices/gps/sky-view.ts';

/** By the `gnssId` of newer messages. */
const SYSTEM_BY_GNSS_ID = ['gps', 'sbas', 'galileo', 'beidou', 'imes', 'qzss', 'glonass', 'navic'] as const;
const OTHER_GNSS_ID = 0xff;

/** The system of a `gnssId`. @see u-blox interface description, GNSS identifiers */
export function systemOfGnssId(gnssId: number): SatelliteSystem {
  return SYSTEM_BY_GNSS_ID[gnssId] ?? 'other';
}

/** The inverse of {@link systemOfGnssId}. */
export function gnssIdOfSystem(system: SatelliteSystem): number {
  return system === 'other' ? OTHER_GNSS_ID : SYSTEM_BY_GNSS_ID.indexOf(system);
}

/** The system of a satellite number of older messages, which number all systems in one row. @see u-blox M8 interface description, satellite numbering */
export function systemOfSatelliteNumber(number: number): SatelliteSystem {
  return NUMBER_RANGES.find(({ first, last }) => number >= first && number <= last)?.system ?? 'other';
}

const NUMBER_RANGES: readonly { readonly first: number; readonly last: number; readonly system: SatelliteSystem }[] = [
  { first: 1, last: 32, system: 'gps' },
  { first: 33, last: 64, system: 'beidou' },
  { first: 65, last: 96, system: 'glonass' },
  { first: 120, last: 158, system: 'sbas' },
  { first: 159, last: 163, system: 'beidou' },
  { first: 173, last: 182, system: 'imes' },
  { first: 193, last: 202, system: 'qzss' },
  { first: 211, last: 246, system: 'galileo' },
  { first: 255, last: 255, system: 'glonass' },
];
