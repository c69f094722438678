import { randomAt } from '#firmware-sim/seeded-random.ts';
import type { Condition } from './condition.ts';

/** How far a receiver's position is off, in metres. */
export interface PositionError {
  readonly eastM: number;
  readonly northM: number;
  readonly upM: number;
}

/**
 * The error of a position: a slow wander that grows with the dilution, and what reflections add. A pure function of time and seed.
 *
 * @param seed of the receiver: two on one roof err differently
 * @param scale multiplies all of it
 */
export function positionErrorAt(
  elapsedMs: number,
  { seed, scale, conditions, dilution }: PositionErrorOptions,
): PositionError {
  const reflected = conditions.map((condition, index) => reflectionAt(condition, elapsedMs, randomAt(seed, index)));
  const sumOf = (part: 'eastM' | 'northM') => reflected.reduce((total, offset) => total + offset[part], 0);
  return {
    eastM: scale * (WANDER_M * dilution.hdop * wanderAt(elapsedMs, seed, 1) + sumOf('eastM')),
    northM: scale * (WANDER_M * dilution.hdop * wanderAt(elapsedMs, seed, 2) + sumOf('northM')),
    upM: scale * WANDER_M * dilution.vdop * wanderAt(elapsedMs, seed, 3),
  };
}

/** What {@link positionErrorAt} depends on besides the time. */
export interface PositionErrorOptions {
  readonly seed: number;
  readonly scale: number;
  readonly conditions: readonly Condition[];
  readonly dilution: { readonly hdop: number; readonly vdop: number };
}

/** How far `multipath` and `drift` have moved the position by now, in metres. */
export function reflectedOffsetM(condition: Condition, elapsedMs: number): number {
  const { kind, fromMs, toMs, offsetM } = condition;
  if (kind === 'multipath') return fromMs <= elapsedMs && elapsedMs < toMs ? offsetM : 0;
  if (kind !== 'drift' || elapsedMs < fromMs) return 0;
  if (elapsedMs < toMs) return (offsetM * (elapsedMs - fromMs)) / (toMs - fromMs);
  return offsetM * Math.max(0, 1 - (elapsedMs - toMs) / DRIFT_RETURN_MS);
}

/**
 * A smooth, never repeating value between -1 and 1 for a receiver and one of its quantities: sines of periods that share no multiple.
 *
 * @param elapsedMs of any sign
 */
export function wanderAt(elapsedMs: number, seed: number, quantity: number): number {
  const parts = WANDER_PERIODS_S.map((periodS, index) => {
    return Math.sin(2 * Math.PI * (elapsedMs / 1000 / periodS + randomAt(seed, quantity, index)));
  });
  return parts.reduce((total, part) => total + part, 0) / parts.length;
}

/** Of a position under a whole sky, at a dilution of 1. */
const WANDER_M = 1.5;
const WANDER_PERIODS_S = [41, 137, 389, 1013] as const;
/** How long a position that drifted takes to come back. */
const DRIFT_RETURN_MS = 20_000;

function reflectionAt(condition: Condition, elapsedMs: number, direction: number) {
  const offsetM = reflectedOffsetM(condition, elapsedMs);
  return { eastM: offsetM * Math.sin(direction * 2 * Math.PI), northM: offsetM * Math.cos(direction * 2 * Math.PI) };
}
