import type { SatelliteSystem } from './sky-view.ts';

/** A satellite of any system. */
export interface SatelliteIdentity {
  readonly system: SatelliteSystem;
  /** Within its system: GPS 1 to 32, SBAS 120 to 158 (its PRN), GLONASS 1 to 32 (its slot), the others from 1. */
  readonly id: number;
}

/**
 * Which satellite a sentence means. NMEA 4.1 numbers satellites by system, which the talker or the system id tells; before, and in many
 * receivers since, all systems are numbered in one row, and the talker may be `GP` or `GN` for all of them.
 *
 * @param systemId of GSA, NMEA 4.1 and later
 * @see NMEA 0183 4.11, GSA and GSV: satellite id numbers
 */
export function identifySatellite(talker: string, systemId: number | undefined, id: number): SatelliteIdentity {
  const named = SYSTEM_BY_ID[systemId ?? 0] ?? SYSTEM_BY_TALKER[talker];
  for (const { first, last, system, offset } of ROWS) {
    if (id < first || id > last) continue;
    // The low numbers are those of the named system; GPS receivers count SBAS and GLONASS on from their own.
    return first === 1 && named !== undefined ? { system: named, id } : { system, id: id - offset };
  }
  return { system: named ?? 'other', id };
}

const SYSTEM_BY_ID: readonly (SatelliteSystem | undefined)[] = [
  undefined,
  'gps',
  'glonass',
  'galileo',
  'beidou',
  'qzss',
  'navic',
];

const SYSTEM_BY_TALKER: Readonly<Record<string, SatelliteSystem>> = {
  GP: 'gps',
  GL: 'glonass',
  GA: 'galileo',
  GB: 'beidou',
  BD: 'beidou',
  GQ: 'qzss',
  QZ: 'qzss',
  GI: 'navic',
};

/** Numbers of receivers that count all systems in one row. */
const ROWS: readonly {
  readonly first: number;
  readonly last: number;
  readonly system: SatelliteSystem;
  readonly offset: number;
}[] = [
  { first: 1, last: 32, system: 'gps', offset: 0 },
  { first: 33, last: 64, system: 'sbas', offset: -87 },
  { first: 65, last: 96, system: 'glonass', offset: 64 },
  { first: 120, last: 158, system: 'sbas', offset: 0 },
  { first: 159, last: 163, system: 'beidou', offset: 158 },
  { first: 193, last: 202, system: 'qzss', offset: 192 },
  { first: 201, last: 237, system: 'beidou', offset: 200 },
  { first: 301, last: 336, system: 'galileo', offset: 300 },
  { first: 401, last: 463, system: 'beidou', offset: 400 },
];
