import { randomAt } from '#firmware-sim/seeded-random.ts';
import { SATELLITE_SYSTEMS, type SatelliteInView } from '#firmware-sim/sky/almanac.ts';
import { type AcquisitionState, JAM_FADE_MS } from './acquisition.ts';
import { activeAt, type Condition } from './condition.ts';
import { wanderAt } from './position-error.ts';

/** A satellite as a receiver has it. */
export interface ReceivedSatellite extends SatelliteInView {
  /** Carrier to noise density; absent where there is no signal, or none was found yet. */
  readonly signalDbHz: number | undefined;
  /** It takes part in the fix. */
  readonly isUsed: boolean;
}

/**
 * What a receiver hears of the satellites over it: stronger the higher they stand, found one after the other, less in a jamming.
 *
 * @param inView those over the horizon, of the systems that the receiver knows
 */
export function receiveSignals(
  elapsedMs: number,
  inView: readonly SatelliteInView[],
  acquisition: AcquisitionState,
  conditions: readonly Condition[],
  seed: number,
): readonly ReceivedSatellite[] {
  const byHeight = inView.toSorted((a, b) => b.elevationDeg - a.elevationDeg);
  const foundCount = foundBy(acquisition);
  const lossDb = lossAt(conditions, elapsedMs);
  return byHeight.map((satellite, rank) => {
    const heardDbHz = signalOf(satellite, elapsedMs, seed) - lossDb(satellite);
    const isHeard = acquisition.isReceiving && rank < foundCount && heardDbHz >= TRACKING_DBHZ;
    const isUsable = heardDbHz >= USABLE_DBHZ && satellite.elevationDeg >= MASK_DEG;
    const isUsed = isHeard && isUsable && acquisition.fix !== 'none';
    return { ...satellite, signalDbHz: isHeard ? heardDbHz : undefined, isUsed };
  });
}

/** How much of the signals a jamming has drowned by now, 0 to 1. */
export function jammingAt(conditions: readonly Condition[], elapsedMs: number): number {
  const strengths = activeAt(conditions, elapsedMs, 'jam').map(({ fromMs }) => (elapsedMs - fromMs) / JAM_FADE_MS);
  return Math.min(1, Math.max(0, ...strengths));
}

const TRACKING_DBHZ = 18;
const USABLE_DBHZ = 24;
const MASK_DEG = 8;
const JAMMING_LOSS_DB = 34;
const REFLECTION_LOSS_DB = 7;
/** Buildings reflect what comes from below this. */
const REFLECTION_BELOW_DEG = 45;
/** A receiver with a fix finds one more satellite in this time. */
const FINDING_MS = 700;

function foundBy({ fix, sinceMs }: AcquisitionState): number {
  if (fix === 'none') return Math.min(2, Math.floor(sinceMs / 4_000));
  // A fix in two dimensions is what three satellites give.
  return fix === '2d' ? 3 : 5 + Math.floor(Math.min(sinceMs, MAX_FINDING_MS) / FINDING_MS);
}

/** By then every satellite is found. */
const MAX_FINDING_MS = 120_000;

function signalOf({ system, id, elevationDeg }: SatelliteInView, elapsedMs: number, seed: number): number {
  const which = SATELLITE_SYSTEMS.indexOf(system) * 100 + id;
  const built = 3 * (randomAt(which) - 0.5);
  const wander = 1.5 * wanderAt(elapsedMs, seed, 1_000 + which);
  return 29 + 20 * Math.sin((elevationDeg * Math.PI) / 180) + built + wander;
}

function lossAt(conditions: readonly Condition[], elapsedMs: number) {
  const jammingDb = JAMMING_LOSS_DB * jammingAt(conditions, elapsedMs);
  const reflectionDb = activeAt(conditions, elapsedMs, 'multipath').length > 0 ? REFLECTION_LOSS_DB : 0;
  return ({ elevationDeg }: SatelliteInView) => jammingDb + (elevationDeg < REFLECTION_BELOW_DEG ? reflectionDb : 0);
}
