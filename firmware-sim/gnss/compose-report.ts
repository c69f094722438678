import { encodeGga } from '#devices/nmea0183/gga.ts';
import { encodeGsa } from '#devices/nmea0183/gsa.ts';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { encodeRmc } from '#devices/nmea0183/rmc.ts';
import { encodeVtg } from '#devices/nmea0183/vtg.ts';
import type { Values } from '#firmware-sim/ledger/ledger-line.ts';
import type { VehicleState } from '#firmware-sim/vehicle/vehicle.ts';

/** What a receiver sends of one epoch. */
export interface GnssReport {
  /** In the order of sending, each with its line ending. */
  readonly sentences: readonly Uint8Array[];
  /** What a reader finds in them, for the ledger. */
  readonly values: Values;
}

/**
 * The sentences of one epoch: RMC, GGA, GSA, VTG, as a good receiver orders them.
 *
 * @param epochMs milliseconds since the Unix epoch
 */
export function composeReport(state: VehicleState, epochMs: number): GnssReport {
  const { latitudeDeg, longitudeDeg, altitudeMslM, speedMps } = state;
  // Rounded as the sentences round it, so that a heading just below 360 becomes 0 in both places.
  const headingDeg = (Math.round(state.headingDeg * 100) % 36_000) / 100;
  const timeOfDayMs = epochMs % DAY_MS;
  const satellitesUsed = satellitesAt(epochMs);
  const hdop = hdopFor(satellitesUsed);
  const fix = { timeOfDayMs, latitudeDeg, longitudeDeg, quality: 'autonomous' } as const;
  const motion = { speedMps, headingDeg };
  const sentences = [
    encodeRmc(TALKER, {
      ...fix,
      ...motion,
      status: 'valid',
      dateUnixMs: epochMs - timeOfDayMs,
      magneticVariationDeg: undefined,
      navigationalStatus: undefined,
    }),
    encodeGga(TALKER, {
      ...fix,
      satellitesUsed,
      hdop,
      altitudeMslM,
      geoidSeparationM: GEOID_SEPARATION_M,
      correctionAgeS: undefined,
      correctionStation: undefined,
    }),
    encodeGsa(TALKER, {
      selection: 'automatic',
      mode: '3d',
      satelliteIds: SATELLITE_IDS.slice(0, satellitesUsed),
      pdop: hdop * 1.8,
      hdop,
      vdop: hdop * 1.5,
      systemId: undefined,
    }),
    encodeVtg(TALKER, { ...motion, headingMagneticDeg: undefined, quality: 'autonomous' }),
  ];
  return {
    sentences: sentences.map((sentence) => Buffer.from(`${encodeNmeaSentence(sentence)}\r\n`, 'latin1')),
    values: {
      latitude: latitudeDeg,
      longitude: longitudeDeg,
      altitudeMsl: altitudeMslM,
      speedKmh: speedMps * 3.6,
      headingDeg,
      hdop,
      satellitesUsed,
    },
  };
}

const TALKER = 'GN';
const DAY_MS = 24 * 60 * 60 * 1000;
const GEOID_SEPARATION_M = 46.9;
const SATELLITE_IDS = [2, 5, 7, 9, 13, 15, 18, 21, 26, 29, 30, 31] as const;

/** Satellites come and go over a minute or so: 8 to 12 of them. */
function satellitesAt(epochMs: number): number {
  return 10 + Math.round(2 * Math.sin(epochMs / 17_000));
}

function hdopFor(satellites: number): number {
  return Math.round(100 * (0.7 + (12 - satellites) * 0.08)) / 100;
}
