import type { FixQuality } from '#devices/nmea0183/fix-quality.ts';
import type { GnssSentence } from '#devices/nmea0183/gnss-sentence.ts';
import { type FixMode, MAX_GSA_SATELLITES } from '#devices/nmea0183/gsa.ts';
import type { UbloxNavigation } from '#devices/nmea0183/pubx00.ts';
import type { SatelliteSystem } from '#firmware-sim/sky/almanac.ts';
import type { FixKind, ReceiverEpoch } from './receiver-model.ts';
import type { ReceiverSpec, SentenceName } from './receiver-spec.ts';

/**
 * What a receiver says of an epoch in NMEA 0183 4.11: one sentence for most names, one for each system for GSA, pages for GSV.
 * What it does not know it leaves empty.
 */
export function composeSentences(
  epoch: ReceiverEpoch,
  { systems, sentences }: Pick<ReceiverSpec, 'systems' | 'sentences'>,
): readonly GnssSentence[] {
  const [only] = systems;
  const talker = systems.length === 1 && only !== undefined ? TALKERS[only] : 'GN';
  return sentences.flatMap((name) => COMPOSERS[name]({ epoch, systems, talker, ...sharedFields(epoch) }));
}

/** Used by every sentence, as all of them state it. */
function sharedFields({ fix, hasDate, hasTime, satellites, time }: ReceiverEpoch) {
  return {
    timeOfDayMs: hasTime ? time.timeOfDayMs : undefined,
    dateUnixMs: hasDate ? time.dateUnixMs : undefined,
    position: { latitudeDeg: fix?.latitudeDeg, longitudeDeg: fix?.longitudeDeg },
    motion: { speedMps: fix?.speedMps, headingDeg: fix?.courseDeg },
    quality: fix === undefined ? 'invalid' : QUALITIES[fix.mode],
    satellitesUsed: satellites.filter(({ isUsed }) => isUsed).length,
  } as const;
}

interface Context extends ReturnType<typeof sharedFields> {
  readonly epoch: ReceiverEpoch;
  readonly systems: readonly SatelliteSystem[];
  /** Of sentences that concern all systems. */
  readonly talker: string;
}

const TALKERS = { gps: 'GP', glonass: 'GL', galileo: 'GA', beidou: 'GB' } as const;
/** @see NMEA 0183 4.11, table of system and signal identifiers */
const SYSTEM_IDS = { gps: 1, glonass: 2, galileo: 3, beidou: 4 } as const;
const SIGNAL_IDS = { gps: 1, glonass: 1, galileo: 7, beidou: 1 } as const;
/** GLONASS slots are numbered from 65 in NMEA 0183. */
const FIRST_IDS = { gps: 1, glonass: 65, galileo: 1, beidou: 1 } as const;

const QUALITIES: Readonly<Record<FixKind, FixQuality>> = {
  '2d': 'autonomous',
  '3d': 'autonomous',
  estimated: 'estimated',
};
const MODES: Readonly<Record<FixKind, FixMode>> = { '2d': '2d', '3d': '3d', estimated: '2d' };
const NAVIGATIONS: Readonly<Record<FixKind, UbloxNavigation>> = { '2d': '2d', '3d': '3d', estimated: 'deadReckoning' };

/** Of the made-up town, above the ellipsoid. */
export const GEOID_SEPARATION_M = 46.9;
const SATELLITES_PER_PAGE = 4;

const COMPOSERS: Readonly<Record<SentenceName, (context: Context) => GnssSentence | readonly GnssSentence[]>> = {
  RMC: ({ talker, timeOfDayMs, dateUnixMs, position, motion, quality, epoch: { fix } }) => ({
    ...{ type: 'RMC', talker, timeOfDayMs, dateUnixMs, ...position, ...motion, quality },
    status: fix === undefined ? 'void' : 'valid',
    magneticVariationDeg: undefined,
    navigationalStatus: 'notProvided',
  }),
  GGA: (context) => ({
    ...{ type: 'GGA', talker: context.talker, timeOfDayMs: context.timeOfDayMs, ...context.position },
    quality: context.quality,
    ...heightFields(context),
  }),
  GNS: (context) => ({
    ...{ type: 'GNS', talker: context.talker, timeOfDayMs: context.timeOfDayMs, ...context.position },
    qualities: qualityBySystem(context),
    ...heightFields(context),
    navigationalStatus: 'notProvided',
  }),
  GLL: ({ talker, timeOfDayMs, position, quality, epoch: { fix } }) => ({
    ...{ type: 'GLL', talker, timeOfDayMs, ...position, quality },
    status: fix === undefined ? 'void' : 'valid',
  }),
  VTG: ({ talker, motion, quality }) => ({ type: 'VTG', talker, ...motion, headingMagneticDeg: undefined, quality }),
  GSA: composeGsa,
  GSV: ({ epoch, systems }) => systems.flatMap((system) => composeGsv(epoch, system)),
  GST: ({ talker, timeOfDayMs, epoch: { fix } }) => ({
    ...{ type: 'GST', talker, timeOfDayMs },
    residualM: fix === undefined ? undefined : 2 * fix.horizontalAccuracyM,
    semiMajorErrorM: perAxis(fix?.horizontalAccuracyM),
    semiMinorErrorM: perAxis(fix?.horizontalAccuracyM),
    semiMajorAxisDeg: fix === undefined ? undefined : 0,
    latitudeErrorM: perAxis(fix?.horizontalAccuracyM),
    longitudeErrorM: perAxis(fix?.horizontalAccuracyM),
    altitudeErrorM: fix?.verticalAccuracyM,
  }),
  ZDA: ({ talker, timeOfDayMs, dateUnixMs }) => ({ type: 'ZDA', talker, timeOfDayMs, dateUnixMs, localZoneMin: 0 }),
  HDT: ({ talker, epoch: { fix } }) => ({ type: 'HDT', talker, trueHeadingDeg: fix?.trueHeadingDeg }),
  THS: ({ talker, epoch: { fix } }) => ({
    ...{ type: 'THS', talker, trueHeadingDeg: fix?.trueHeadingDeg },
    headingQuality: fix === undefined ? 'invalid' : 'autonomous',
  }),
  PUBX00: composePubx00,
};

/** An error of a plane, on one of its axes. */
function perAxis(horizontalM: number | undefined): number | undefined {
  return horizontalM === undefined ? undefined : horizontalM / Math.SQRT2;
}

function heightFields({ epoch: { fix, dilution }, satellitesUsed }: Context) {
  return {
    satellitesUsed,
    hdop: dilution.hdop,
    altitudeMslM: fix?.altitudeMslM,
    geoidSeparationM: fix === undefined ? undefined : GEOID_SEPARATION_M,
    correctionAgeS: undefined,
    correctionStation: undefined,
  };
}

/** A system without a satellite in use has no part in the fix. */
function qualityBySystem({ epoch: { satellites }, quality, systems }: Context): readonly FixQuality[] {
  const all = ['gps', 'glonass', 'galileo', 'beidou'] as const;
  return all
    .filter((system) => systems.includes(system) || SYSTEM_IDS[system] <= 2)
    .map((system) => {
      const isUsed = satellites.some((satellite) => satellite.system === system && satellite.isUsed);
      return isUsed || quality === 'estimated' ? quality : 'invalid';
    });
}

function composeGsa({ epoch: { fix, dilution, satellites }, systems, talker }: Context): readonly GnssSentence[] {
  return systems.map((system) => {
    const used = satellites.filter((satellite) => satellite.system === system && satellite.isUsed);
    return {
      ...{ type: 'GSA', talker, selection: 'automatic' },
      mode: fix === undefined ? 'none' : MODES[fix.mode],
      satelliteIds: used.slice(0, MAX_GSA_SATELLITES).map(nmeaIdOf),
      ...{ pdop: dilution.pdop, hdop: dilution.hdop, vdop: dilution.vdop },
      systemId: SYSTEM_IDS[system],
    };
  });
}

/** Before it has an almanac a receiver knows only of those that it hears. */
function composeGsv({ hasDate, satellites }: ReceiverEpoch, system: SatelliteSystem): readonly GnssSentence[] {
  const seen = satellites.filter((satellite) => {
    return satellite.system === system && (hasDate || satellite.signalDbHz !== undefined);
  });
  const pageCount = Math.max(1, Math.ceil(seen.length / SATELLITES_PER_PAGE));
  return Array.from({ length: pageCount }, (_, index) => ({
    ...{ type: 'GSV', talker: TALKERS[system], pageCount, page: index + 1, satellitesVisible: seen.length },
    satellites: seen.slice(index * SATELLITES_PER_PAGE, (index + 1) * SATELLITES_PER_PAGE).map((satellite) => ({
      id: nmeaIdOf(satellite),
      elevationDeg: Math.round(satellite.elevationDeg),
      azimuthDeg: Math.round(satellite.azimuthDeg) % 360,
      signalDbHz: satellite.signalDbHz === undefined ? undefined : Math.round(satellite.signalDbHz),
    })),
    signalId: SIGNAL_IDS[system],
  }));
}

function nmeaIdOf({ system, id }: { readonly system: SatelliteSystem; readonly id: number }): number {
  return FIRST_IDS[system] + id - 1;
}

function composePubx00({
  epoch: { fix, dilution },
  timeOfDayMs,
  position,
  motion,
  satellitesUsed,
}: Context): GnssSentence {
  return {
    ...{ type: 'PUBX00', talker: 'P', timeOfDayMs, ...position, ...motion, satellitesUsed },
    altitudeHaeM: fix === undefined ? undefined : fix.altitudeMslM + GEOID_SEPARATION_M,
    navigation: fix === undefined ? 'none' : NAVIGATIONS[fix.mode],
    horizontalAccuracyM: fix?.horizontalAccuracyM,
    verticalAccuracyM: fix?.verticalAccuracyM,
    climbMps: fix?.climbMps,
    correctionAgeS: undefined,
    ...{ hdop: dilution.hdop, vdop: dilution.vdop, tdop: dilution.tdop },
  };
}
