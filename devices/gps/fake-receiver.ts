import { encodeGga } from '#devices/nmea0183/gga.ts';
import { encodeGll } from '#devices/nmea0183/gll.ts';
import { encodeGns } from '#devices/nmea0183/gns.ts';
import { encodeGsa } from '#devices/nmea0183/gsa.ts';
import { encodeNmeaSentence, type NmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { encodeRmc } from '#devices/nmea0183/rmc.ts';
import { encodeVtg } from '#devices/nmea0183/vtg.ts';
import { encodeZda } from '#devices/nmea0183/zda.ts';

/** What a {@link sayEpoch} knows of its epoch. */
export interface EpochFacts {
  readonly timeOfDayMs?: number;
  readonly dateUnixMs?: number;
  /** `none` still carries the position below: a receiver that lost its fix goes on repeating the last one. */
  readonly mode: 'none' | '2d' | '3d';
  readonly latitudeDeg?: number;
  readonly longitudeDeg?: number;
  readonly speedMps?: number;
}

/** A receiver for tests: says one epoch in the sentences asked for, such as `['GNRMC', 'GNGGA', 'GNGSA', 'GNGSA']`, as lines. */
export function sayEpoch(facts: EpochFacts, addresses: readonly string[]): readonly string[] {
  return addresses.map((address) => encodeNmeaSentence(say(facts, address.slice(0, 2), address.slice(2))));
}

function say(facts: EpochFacts, talker: string, type: string): NmeaSentence {
  const { timeOfDayMs, dateUnixMs, mode, latitudeDeg = 48.137154, longitudeDeg = 11.576124, speedMps = 13.5 } = facts;
  const isFix = mode !== 'none';
  const place = { timeOfDayMs, latitudeDeg, longitudeDeg };
  const status = isFix ? 'valid' : 'void';
  const quality = isFix ? 'autonomous' : 'invalid';
  const motion = { speedMps, headingDeg: 271.25, quality } as const;
  const precision = { satellitesUsed: 11, hdop: 0.9 };
  const height = { altitudeMslM: mode === '3d' ? 519.2 : undefined, geoidSeparationM: 47.5 };
  const correction = { correctionAgeS: undefined, correctionStation: undefined };
  switch (type) {
    case 'RMC':
      return encodeRmc(talker, {
        ...place,
        ...motion,
        status,
        dateUnixMs,
        magneticVariationDeg: undefined,
        navigationalStatus: undefined,
      });
    case 'GGA':
      return encodeGga(talker, { ...place, ...precision, ...height, ...correction, quality });
    case 'GNS':
      return encodeGns(talker, {
        ...place,
        ...precision,
        ...height,
        ...correction,
        qualities: [quality, 'invalid'],
        navigationalStatus: undefined,
      });
    case 'GLL':
      return encodeGll(talker, { ...place, status, quality });
    case 'GSA':
      return encodeGsa(talker, {
        selection: 'automatic',
        mode,
        satelliteIds: [2, 7, 19],
        pdop: 1.6,
        hdop: 0.9,
        vdop: 1.3,
        systemId: undefined,
      });
    case 'VTG':
      return encodeVtg(talker, { ...motion, headingMagneticDeg: undefined });
    case 'ZDA':
      return encodeZda(talker, { timeOfDayMs, dateUnixMs, localZoneMin: undefined });
    default:
      throw new Error(`no sentence ${type}`);
  }
}
