import type { UbxFixType } from '#devices/ubx/fix-type.ts';
import type { FrontEndState } from '#devices/ubx/front-end-state.ts';
import type { UbxMessage } from '#devices/ubx/ubx-message.ts';
import { GEOID_SEPARATION_M } from './compose-sentences.ts';
import type { FixKind, ReceiverEpoch } from './receiver-model.ts';
import type { MessageName, ReceiverSpec } from './receiver-spec.ts';

/** What a receiver of the u-blox kind says of an epoch, one message for each name. */
export function composeMessages(
  epoch: ReceiverEpoch,
  { messages, deadReckoning }: Pick<ReceiverSpec, 'messages' | 'deadReckoning'>,
): readonly UbxMessage[] {
  return messages.map((name) => COMPOSERS[name](epoch, deadReckoning));
}

const FIX_TYPES: Readonly<Record<FixKind, UbxFixType>> = { '2d': '2d', '3d': '3d', estimated: 'deadReckoning' };

/** What receivers state of a position that they do not have. */
const NOT_FIXED = { horizontalM: 4_294_967, verticalM: 4_294_967 } as const;
/** Counted by the receiver's own clock before the scenario began. */
const UPTIME_BEFORE_MS = 1_000;

const COMPOSERS: Readonly<Record<MessageName, (epoch: ReceiverEpoch, deadReckoning: boolean) => UbxMessage>> = {
  'NAV-PVT': composeNavPvt,
  'NAV-SAT': composeNavSat,
  'NAV-DOP': ({ dilution, time: { itowMs } }) => ({
    ...{ type: 'NAV-DOP', itowMs, ...dilution },
    gdop: Math.min(99.99, Math.hypot(dilution.pdop, dilution.tdop)),
    ndop: Math.min(99.99, dilution.hdop / Math.SQRT2),
    edop: Math.min(99.99, dilution.hdop / Math.SQRT2),
  }),
  'NAV-STATUS': ({ elapsedMs, fix, hasDate, hasTime, time: { itowMs } }) => ({
    ...{ type: 'NAV-STATUS', itowMs, isFixOk: fix !== undefined, isDifferential: false, carrierSolution: 'none' },
    fixType: fix === undefined ? 'none' : FIX_TYPES[fix.mode],
    isWeekValid: hasDate,
    isTowValid: hasTime,
    spoofing: 'none',
    timeToFirstFixMs: UPTIME_BEFORE_MS,
    uptimeMs: UPTIME_BEFORE_MS + Math.round(elapsedMs),
  }),
  'NAV-TIMELS': ({ hasDate, time: { itowMs, leapSeconds, change } }) => ({
    ...{ type: 'NAV-TIMELS', itowMs },
    leapSeconds: hasDate ? leapSeconds : undefined,
    leapSecondSource: hasDate ? 2 : 255,
    announcedChangeS: hasDate ? change.announcedS : undefined,
    announcementSource: hasDate ? 2 : 0,
    timeToChangeS: hasDate ? change.toChangeS : undefined,
    changeWeek: hasDate ? change.week : undefined,
    changeDay: hasDate ? change.day : undefined,
  }),
  'MON-HW': (epoch) => ({ type: 'MON-HW', ...frontEndOf(epoch) }),
  'MON-RF': (epoch) => ({ type: 'MON-RF', bands: [{ blockId: 0, ...frontEndOf(epoch) }] }),
  'ESF-STATUS': composeEsfStatus,
  'NAV-EOE': ({ time: { itowMs } }) => ({ type: 'NAV-EOE', itowMs }),
};

function frontEndOf({ antenna, jamming: { state, strength } }: ReceiverEpoch): FrontEndState {
  return {
    ...{ antenna, antennaPower: antenna === 'short' ? 'off' : 'on', jamming: state },
    jammingIndicator: Math.round(8 + 240 * strength),
    noisePerMs: Math.round(85 + 60 * strength),
    gain: Math.round(4_200 - 3_600 * strength),
  };
}

function composeNavPvt(epoch: ReceiverEpoch): UbxMessage {
  const { dilution, fix, hasDate, hasTime, satellites, time, truth } = epoch;
  // Standing, it holds the last course.
  const headingDeg = fix?.courseDeg ?? truth.headingDeg;
  const [north, east] = [Math.cos((headingDeg * Math.PI) / 180), Math.sin((headingDeg * Math.PI) / 180)];
  const along = (share: number) => (fix === undefined ? undefined : fix.speedMps * share);
  return {
    ...{ type: 'NAV-PVT', itowMs: time.itowMs },
    dateUnixMs: hasDate ? time.dateUnixMs : undefined,
    timeOfDayMs: hasTime ? time.timeOfDayMs : undefined,
    isTimeResolved: hasDate,
    isDateConfirmed: hasDate,
    isTimeConfirmed: hasTime,
    timeAccuracyNs: fix === undefined ? 1_000_000 : 25,
    fixType: fix === undefined ? 'none' : FIX_TYPES[fix.mode],
    ...{ isFixOk: fix !== undefined, isDifferential: false, carrierSolution: 'none' },
    satellitesUsed: satellites.filter(({ isUsed }) => isUsed).length,
    latitudeDeg: fix?.latitudeDeg,
    longitudeDeg: fix?.longitudeDeg,
    altitudeHaeM: fix === undefined ? undefined : fix.altitudeMslM + GEOID_SEPARATION_M,
    altitudeMslM: fix?.altitudeMslM,
    horizontalAccuracyM: fix?.horizontalAccuracyM ?? NOT_FIXED.horizontalM,
    verticalAccuracyM: fix?.verticalAccuracyM ?? NOT_FIXED.verticalM,
    velocityNorthMps: along(north),
    velocityEastMps: along(east),
    velocityDownMps: fix === undefined ? undefined : -fix.climbMps,
    speedMps: fix?.speedMps,
    headingDeg: fix === undefined ? undefined : headingDeg,
    speedAccuracyMps: fix?.speedAccuracyMps,
    headingAccuracyDeg:
      fix === undefined ? undefined : Math.min(180, 2 + 20 * (fix.speedAccuracyMps / Math.max(0.1, fix.speedMps))),
    pdop: dilution.pdop,
    vehicleHeadingDeg: fix?.mode === 'estimated' ? fix.trueHeadingDeg : undefined,
    magneticDeclinationDeg: undefined,
    magneticDeclinationAccuracyDeg: undefined,
  };
}

function composeNavSat({ satellites, hasDate, time: { itowMs } }: ReceiverEpoch): UbxMessage {
  const known = satellites.filter(({ signalDbHz }) => hasDate || signalDbHz !== undefined);
  return {
    ...{ type: 'NAV-SAT', itowMs },
    satellites: known.map(({ system, id, signalDbHz, elevationDeg, azimuthDeg, isUsed }) => ({
      ...{ system, id, signalDbHz: signalDbHz === undefined ? undefined : Math.round(signalDbHz), isUsed },
      elevationDeg: Math.round(elevationDeg),
      azimuthDeg: Math.round(azimuthDeg) % 360,
      pseudorangeResidualM: 0,
      signalQuality: signalDbHz === undefined ? 1 : 7,
      health: 'healthy',
      isDifferential: false,
      hasEphemeris: isUsed,
      hasAlmanac: hasDate,
    })),
  };
}

function composeEsfStatus({ time: { itowMs } }: ReceiverEpoch, deadReckoning: boolean): UbxMessage {
  const progress = deadReckoning ? 'done' : 'off';
  const sensorTypes = deadReckoning ? [5, 10, 13, 14, 16, 17, 18] : [];
  return {
    ...{ type: 'ESF-STATUS', itowMs, fusionMode: deadReckoning ? 'fusion' : 'disabled' },
    initialization: {
      wheelTicks: progress,
      mounting: progress,
      inertialNavigation: progress,
      inertialSensor: progress,
    },
    sensors: sensorTypes.map((sensorType) => ({
      ...{ sensorType, isUsed: true, isReady: true, calibration: 'fine', timing: 'dataReady', rateHz: 10 },
      ...{ hasBadMeasurements: false, hasBadTimeTags: false, lacksMeasurements: false, isNoisy: false },
    })),
  };
}
