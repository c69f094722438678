import { randomAt, seedFrom } from '#firmware-sim/seeded-random.ts';
import { satellitesAbove } from '#firmware-sim/sky/almanac.ts';
import { dilutionOf } from '#firmware-sim/sky/dilution.ts';
import type { Vehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { type AcquisitionState, buildAcquisition } from './acquisition.ts';
import { moveBy, type Place, placeOfAntenna } from './antenna-place.ts';
import { activeAt, type Condition } from './condition.ts';
import { positionErrorAt, reflectedOffsetM, wanderAt } from './position-error.ts';
import type { ReceiverSpec } from './receiver-spec.ts';
import { type ReceiverTime, receiverTimeAt, type TimeLine } from './receiver-time.ts';
import { jammingAt, type ReceivedSatellite, receiveSignals } from './signals.ts';

/** All that a receiver knows at one epoch, and what is true of it. */
export interface ReceiverEpoch {
  /** Since the start of the scenario. */
  readonly elapsedMs: number;
  /** Of the antenna; not known to the receiver. */
  readonly truth: Place & { readonly speedMps: number; readonly headingDeg: number };
  readonly time: ReceiverTime;
  readonly hasTime: boolean;
  readonly hasDate: boolean;
  readonly satellites: readonly ReceivedSatellite[];
  readonly dilution: EpochDilution;
  /** Absent without a fix. */
  readonly fix: ReceiverFix | undefined;
  readonly antenna: 'ok' | 'open' | 'short';
  readonly jamming: { readonly state: 'ok' | 'warning' | 'critical' /** 0 to 1. */; readonly strength: number };
}

/** Dilutions as receivers state them: 99.99 where there is none. */
export interface EpochDilution {
  readonly pdop: number;
  readonly hdop: number;
  readonly vdop: number;
  readonly tdop: number;
}

/** A position and its motion, with the receiver's own opinion of them (one sigma). */
export interface ReceiverFix extends Place {
  readonly mode: FixKind;
  readonly speedMps: number;
  /** Over ground; absent where the receiver hardly moves. */
  readonly courseDeg: number | undefined;
  /** Up is positive. */
  readonly climbMps: number;
  /** Where the bow points. */
  readonly trueHeadingDeg: number;
  readonly horizontalAccuracyM: number;
  readonly verticalAccuracyM: number;
  readonly speedAccuracyMps: number;
}

/** `estimated` is dead reckoning: no satellite takes part. */
export type FixKind = '2d' | '3d' | 'estimated';

/** A receiver: a pure function of the time since the start of the scenario. */
export type ReceiverModel = (elapsedMs: number) => ReceiverEpoch;

/** What {@link buildReceiver} needs. */
export interface ReceiverSurroundings {
  readonly vehicle: Vehicle;
  readonly conditions: readonly Condition[];
  readonly timeLine: TimeLine;
  readonly seed: number;
}

/** Mounts a receiver on a vehicle. The same seed gives the same receiver. */
export function buildReceiver(spec: ReceiverSpec, surroundings: ReceiverSurroundings): ReceiverModel {
  const { conditions, timeLine, vehicle } = surroundings;
  const seed = seedFrom(surroundings.seed, spec.name);
  const acquisitionAt = buildAcquisition(spec.start, conditions);
  const truthAt = (elapsedMs: number) => placeOfAntenna(vehicle(elapsedMs), spec.antennaOffsetM);
  return (elapsedMs) => {
    const truth = truthAt(elapsedMs);
    const acquisition = acquisitionAt(elapsedMs);
    const inView = satellitesAbove(timeLine.startUnixMs + elapsedMs, truth).filter(({ system }) =>
      spec.systems.includes(system),
    );
    const satellites = receiveSignals(elapsedMs, inView, acquisition, conditions, seed);
    const used = satellites.filter(({ isUsed }) => isUsed);
    const mode = fixKind(spec, acquisition, used.length);
    const dilution = stateDilution(mode, used);
    const climbMps = truth.altitudeMslM - truthAt(elapsedMs - 1000).altitudeMslM;
    const circumstances = {
      elapsedMs,
      truth,
      climbMps,
      acquisition,
      dilution,
      conditions,
      seed,
      scale: spec.errorScale,
    };
    const weeksBack = activeAt(conditions, elapsedMs, 'rollover').length > 0 ? WEEKS_OF_AN_ERA : 0;
    return {
      elapsedMs,
      truth,
      time: receiverTimeAt(timeLine, elapsedMs, weeksBack),
      hasTime: acquisition.hasTime,
      hasDate: acquisition.hasDate,
      satellites,
      dilution,
      fix: mode === undefined ? undefined : stateFix(mode, circumstances),
      antenna: antennaAt(conditions, elapsedMs),
      jamming: stateJamming(jammingAt(conditions, elapsedMs)),
    };
  };
}

/** The week number of the first GPS message has ten bits. @see IS-GPS-200, 20.3.3.3.1.1 */
const WEEKS_OF_AN_ERA = 1024;
/** What stands where there is no dilution. */
const NO_DILUTION = 99.99;
/** How long a receiver trusts its own sensors. */
export const DEAD_RECKONING_MS = 60_000;

function fixKind(spec: ReceiverSpec, acquisition: AcquisitionState, usedCount: number): FixKind | undefined {
  if (usedCount >= 4 && acquisition.fix === '3d') return '3d';
  if (usedCount >= 3) return '2d';
  const isReckoning = spec.deadReckoning && acquisition.hadFix;
  // A receiver whose satellites are back but not enough reckons on.
  return isReckoning && (acquisition.isReceiving || acquisition.sinceMs < DEAD_RECKONING_MS) ? 'estimated' : undefined;
}

function stateDilution(mode: FixKind | undefined, used: readonly ReceivedSatellite[]): EpochDilution {
  const none = { pdop: NO_DILUTION, hdop: NO_DILUTION, vdop: NO_DILUTION, tdop: NO_DILUTION };
  if (mode === undefined || mode === 'estimated') return none;
  if (mode === '2d') return { ...none, pdop: DOP_OF_2D, hdop: DOP_OF_2D };
  const { pdop, hdop, vdop, tdop } = dilutionOf(used) ?? none;
  const stated = (dop: number) => Math.min(NO_DILUTION, dop);
  return { pdop: stated(pdop), hdop: stated(hdop), vdop: stated(vdop), tdop: stated(tdop) };
}

/** Three high satellites are a poor cross bearing. */
const DOP_OF_2D = 4.5;

interface Circumstances {
  readonly elapsedMs: number;
  readonly truth: ReceiverEpoch['truth'];
  readonly climbMps: number;
  readonly acquisition: AcquisitionState;
  readonly dilution: EpochDilution;
  readonly conditions: readonly Condition[];
  readonly seed: number;
  readonly scale: number;
}

function stateFix(mode: FixKind, circumstances: Circumstances): ReceiverFix {
  const { elapsedMs, truth, climbMps, acquisition, conditions, seed, scale } = circumstances;
  const dilution = mode === 'estimated' ? { hdop: 1, vdop: 1 } : { ...circumstances.dilution };
  if (mode === '2d') dilution.vdop = DOP_OF_2D;
  const error = positionErrorAt(elapsedMs, { seed, scale, conditions, dilution });
  const reckonedS = mode === 'estimated' && !acquisition.isReceiving ? acquisition.sinceMs / 1000 : 0;
  const place = moveBy(truth, {
    eastM: error.eastM + scale * RECKONING_MPS * reckonedS * wanderAt(0, seed, 11),
    northM: error.northM + scale * RECKONING_MPS * reckonedS * wanderAt(0, seed, 12),
    upM: error.upM,
  });
  const noise = (quantity: number) => scale * (randomAt(seed, quantity, elapsedMs) - 0.5);
  const speedMps = Math.max(0, truth.speedMps + 2 * SPEED_NOISE_MPS * noise(21));
  const reflectedM = conditions.reduce((total, condition) => total + reflectedOffsetM(condition, elapsedMs), 0);
  return {
    mode,
    ...place,
    speedMps,
    courseDeg:
      speedMps < COURSE_FROM_MPS ? undefined : turned(truth.headingDeg, (COURSE_NOISE_DEG * noise(22)) / speedMps),
    climbMps: climbMps + 2 * SPEED_NOISE_MPS * noise(23),
    trueHeadingDeg: turned(truth.headingDeg, HEADING_NOISE_DEG * noise(24)),
    horizontalAccuracyM: 0.4 + 1.1 * dilution.hdop + RECKONING_MPS * reckonedS + RECEIVERS_SHARE * reflectedM,
    verticalAccuracyM: 0.6 + 1.4 * dilution.vdop + RECEIVERS_SHARE * reflectedM,
    speedAccuracyMps: 0.05 + 0.05 * dilution.hdop + 0.02 * reckonedS,
  };
}

const SPEED_NOISE_MPS = 0.03;
/** At 1 m/s. */
const COURSE_NOISE_DEG = 4;
const HEADING_NOISE_DEG = 0.6;
const COURSE_FROM_MPS = 0.5;
/** How fast an estimate goes wrong. */
const RECKONING_MPS = 0.4;
/** A receiver notices only a part of what reflections do to it. */
const RECEIVERS_SHARE = 0.3;

/** In hundredths of a degree, as sentences state it, so that 359.999 becomes 0 in all of them. */
function turned(headingDeg: number, byDeg: number): number {
  return (Math.round((headingDeg + byDeg + 360) * 100) % 36_000) / 100;
}

function antennaAt(conditions: readonly Condition[], elapsedMs: number): ReceiverEpoch['antenna'] {
  if (activeAt(conditions, elapsedMs, 'antennaShort').length > 0) return 'short';
  return activeAt(conditions, elapsedMs, 'antennaOpen').length > 0 ? 'open' : 'ok';
}

function stateJamming(strength: number): ReceiverEpoch['jamming'] {
  if (strength === 0) return { state: 'ok', strength };
  return { state: strength < 0.6 ? 'warning' : 'critical', strength };
}
