import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import { formatDecimal, formatInteger } from './format-field.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';

/**
 * GSV, GNSS Satellites in View: one page of what a receiver sees of one satellite system on one signal. It states no time.
 * A complete view is `pageCount` pages of one talker and one signal.
 */
export interface Gsv {
  readonly pageCount: number;
  /** From 1. */
  readonly page: number;
  /** Over all pages. */
  readonly satellitesVisible: number | undefined;
  /** At most 4. */
  readonly satellites: readonly SatelliteInView[];
  /** NMEA 4.1 and later; which signal a number means depends on the system. */
  readonly signalId: number | undefined;
}

/** A satellite in the sky of a receiver. */
export interface SatelliteInView {
  /** Numbered as NMEA 4.11 does per system, or as the receiver likes. */
  readonly id: number;
  /** Above the horizon; below it negative. */
  readonly elevationDeg: number | undefined;
  /** Clockwise from true north. */
  readonly azimuthDeg: number | undefined;
  /** Carrier to noise density; absent when the satellite is not tracked. */
  readonly signalDbHz: number | undefined;
}

/** Satellites that one GSV has room for. */
export const MAX_GSV_SATELLITES = 4;

/**
 * ```text
 *        0 1 2  3  4  5   6  …        s
 * $GPGSV,n,p,vv,ii,ee,aaa,cc,…ii,ee,aaa,cc,s*hh
 *        | | |  |  |  |   signal           signal id
 *        | | |  |  |  azimuth
 *        | | |  |  elevation
 *        | | |  satellite, four times at most
 *        | | satellites in view
 *        pages, page
 * ```
 * Some receivers leave out satellites that a page has no use for, others leave them empty; of the last one the signal may be missing.
 * @see NMEA 0183 4.11, GSV
 */
export function decodeGsv(read: FieldReader, talker: string): Decoded<Addressed<'GSV', Gsv>, FieldRejection> {
  const satelliteFields = read.countFields() - 3;
  const pageCount = read.integer() ?? 0;
  const page = read.integer() ?? 0;
  if (page < 1 || page > pageCount) read.refuse('bad-number');
  const satellitesVisible = read.integer();
  const satellites: SatelliteInView[] = [];
  for (let unread = satelliteFields; unread >= 3 && satellites.length < MAX_GSV_SATELLITES; unread -= 4) {
    const satellite = readSatellite(read);
    if (satellite !== undefined) satellites.push(satellite);
  }
  const hasSignalId = satelliteFields % 4 === 1;
  const signalId = hasSignalId ? read.hexDigit() : undefined;
  return read.finish({ type: 'GSV', talker, pageCount, page, satellitesVisible, satellites, signalId });
}

function readSatellite(read: FieldReader): SatelliteInView | undefined {
  const id = read.integer();
  const elevationDeg = read.numberWithin(-90, 90);
  const azimuthDeg = read.headingDeg();
  const signalDbHz = read.magnitude();
  // Receivers that leave no field empty write 0 for a satellite that they do not track.
  return id === undefined ? undefined : { id, elevationDeg, azimuthDeg, signalDbHz: signalDbHz || undefined };
}

/** The inverse of {@link decodeGsv}, in whole degrees and dBHz; satellites beyond the fourth do not fit, the signal is left out unless stated. */
export function encodeGsv(talker: string, gsv: Gsv): NmeaSentence {
  const satellites = gsv.satellites
    .slice(0, MAX_GSV_SATELLITES)
    .flatMap((satellite) => [
      formatInteger(satellite.id, 2),
      formatDecimal(satellite.elevationDeg, 0).padStart(satellite.elevationDeg === undefined ? 0 : 2, '0'),
      formatDecimal(satellite.azimuthDeg, 0).padStart(satellite.azimuthDeg === undefined ? 0 : 3, '0'),
      formatDecimal(satellite.signalDbHz, 0).padStart(satellite.signalDbHz === undefined ? 0 : 2, '0'),
    ]);
  const fields = [
    formatInteger(gsv.pageCount, 1),
    formatInteger(gsv.page, 1),
    formatInteger(gsv.satellitesVisible, 2),
    ...satellites,
    ...(gsv.signalId === undefined ? [] : [gsv.signalId.toString(16).toUpperCase()]),
  ];
  return { talker, type: 'GSV', fields };
}
