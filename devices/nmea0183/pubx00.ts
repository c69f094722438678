import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import {
  formatCode,
  formatDecimal,
  formatInteger,
  formatLatitude,
  formatLongitude,
  formatSpeed,
  formatTimeOfDay,
} from './format-field.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';
import { MPS_PER_KMH } from './speed-unit.ts';

/** PUBX,00, proprietary position sentence of u-blox: position, motion and their accuracy in one. */
export interface Pubx00 {
  readonly timeOfDayMs: number | undefined;
  readonly latitudeDeg: number | undefined;
  readonly longitudeDeg: number | undefined;
  /** Above the ellipsoid. */
  readonly altitudeHaeM: number | undefined;
  readonly navigation: UbloxNavigation | undefined;
  /** One sigma. */
  readonly horizontalAccuracyM: number | undefined;
  /** One sigma. */
  readonly verticalAccuracyM: number | undefined;
  readonly speedMps: number | undefined;
  /** Course over ground, degrees true. */
  readonly headingDeg: number | undefined;
  /** Up is positive. */
  readonly climbMps: number | undefined;
  readonly correctionAgeS: number | undefined;
  readonly hdop: number | undefined;
  readonly vdop: number | undefined;
  readonly tdop: number | undefined;
  readonly satellitesUsed: number | undefined;
}

/** What the position rests on; `timeOnly` and `none` are no position. */
export type UbloxNavigation = (typeof NAVIGATION_BY_CODE)[keyof typeof NAVIGATION_BY_CODE];

/** The navigation status of PUBX,00. */
export const NAVIGATION_BY_CODE = {
  NF: 'none',
  TT: 'timeOnly',
  DR: 'deadReckoning',
  RK: 'combined',
  G2: '2d',
  G3: '3d',
  D2: 'differential2d',
  D3: 'differential3d',
} as const;

/**
 * ```text
 *       0  1         2         3 4          5 6   7  8   9   10  11  12  13  14  15  16  17 18 19
 * $PUBX,00,hhmmss.ss,ddmm.mmmm,a,dddmm.mmmm,a,a.a,st,e.e,e.e,s.s,c.c,v.v,g.g,h.h,v.v,t.t,nn,0,d*hh
 *          time      latitude    longitude    |   |  |   |   |   |   |   |   |   |   |   satellites
 *                                      altitude   |  |   |   |   |   |   |   hdop vdop tdop
 *                                 navigation status  |   |   |   |   |   correction age
 *                                accuracy, horizontal, vertical  |   velocity downwards, m/s
 *                                                  speed, km/h   course
 * ```
 * @see u-blox 8 / M8 Receiver Description, PUBX,00
 */
export function decodePubx00(read: FieldReader, talker: string): Decoded<Addressed<'PUBX00', Pubx00>, FieldRejection> {
  const timeOfDayMs = read.timeOfDayMs();
  const latitudeDeg = read.latitudeDeg();
  const longitudeDeg = read.longitudeDeg();
  const altitudeHaeM = read.number();
  const navigation = readNavigation(read);
  if (navigation === 'none' || navigation === 'timeOnly') read.pardonPosition();
  return read.finish({
    type: 'PUBX00',
    talker,
    timeOfDayMs,
    latitudeDeg,
    longitudeDeg,
    altitudeHaeM,
    navigation,
    horizontalAccuracyM: read.magnitude(),
    verticalAccuracyM: read.magnitude(),
    speedMps: read.speedMps(MPS_PER_KMH),
    headingDeg: read.headingDeg(),
    climbMps: negated(read.number()),
    correctionAgeS: read.magnitude(),
    hdop: read.dilution(),
    vdop: read.dilution(),
    tdop: read.dilution(),
    satellitesUsed: read.integer(),
  });
}

function readNavigation(read: FieldReader): UbloxNavigation | undefined {
  const code = read.text();
  if (code === undefined) return undefined;
  const navigation = NAVIGATIONS.get(code);
  if (navigation === undefined) read.refuse('bad-code');
  return navigation;
}

/** The inverse of {@link decodePubx00}, in millimetres, 0.001 km/h and 0.01 degrees. */
export function encodePubx00(pubx00: Pubx00): NmeaSentence {
  const fields = [
    '00',
    formatTimeOfDay(pubx00.timeOfDayMs),
    ...formatLatitude(pubx00.latitudeDeg),
    ...formatLongitude(pubx00.longitudeDeg),
    formatDecimal(pubx00.altitudeHaeM, 3),
    formatCode(pubx00.navigation, NAVIGATION_BY_CODE),
    formatDecimal(pubx00.horizontalAccuracyM, 3),
    formatDecimal(pubx00.verticalAccuracyM, 3),
    formatSpeed(pubx00.speedMps, MPS_PER_KMH),
    formatDecimal(pubx00.headingDeg, 2),
    formatDecimal(negated(pubx00.climbMps), 3),
    formatDecimal(pubx00.correctionAgeS, 1),
    formatDecimal(pubx00.hdop, 2),
    formatDecimal(pubx00.vdop, 2),
    formatDecimal(pubx00.tdop, 2),
    formatInteger(pubx00.satellitesUsed, 1),
    '0',
    '0',
  ];
  return { talker: 'P', type: 'UBX', fields };
}

/** 0 stays 0, not -0. */
function negated(value: number | undefined): number | undefined {
  return value === undefined ? undefined : 0 - value;
}

const NAVIGATIONS: ReadonlyMap<string, UbloxNavigation> = new Map(Object.entries(NAVIGATION_BY_CODE));
