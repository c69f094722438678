/** Below this no generator charges the battery. */
export const CHARGING_VOLTS = 13;
/** The engine stands, and nothing charges, for so long: the ignition counts as off. */
export const STANDING_MS = 30_000;
/** Rounds without any answer, after which the vehicle counts as asleep. */
export const SILENT_ROUNDS = 3;
/** A battery at rest only falls: a rise of so much is a charger, or an engine that starts. */
export const RISE_VOLTS = 0.4;

/** What speaks for the ignition being on. A value and a pure {@link stepIgnition}. */
export interface Ignition {
  readonly verdict: 'on' | 'silent' | 'ignition-off';
  /** Last measured; absent where the adapter cannot. */
  readonly volts: number | undefined;
  /** When the engine turned or the vehicle moved last, or the vehicle was found. */
  readonly runningMs: number;
  readonly silentRounds: number;
}

/** What was found out. */
export type IgnitionEvent =
  | { readonly kind: 'voltage'; readonly volts: number | undefined }
  | { readonly kind: 'round'; readonly isAnswered: boolean; readonly isRunning: boolean };

/** Of a vehicle that has just answered. */
export function beginIgnition(nowMs: number): Ignition {
  return { verdict: 'on', volts: undefined, runningMs: nowMs, silentRounds: 0 };
}

/**
 * Questions keep a vehicle awake and its battery working; so they end when nothing charges the battery and the engine does not turn, or
 * nobody answers. Without a voltage only silence tells.
 */
export function stepIgnition(before: Ignition, nowMs: number, event: IgnitionEvent): Ignition {
  const state =
    event.kind === 'voltage'
      ? { ...before, volts: event.volts }
      : {
          ...before,
          runningMs: event.isRunning ? nowMs : before.runningMs,
          silentRounds: event.isAnswered ? 0 : before.silentRounds + 1,
        };
  return { ...state, verdict: judge(state, nowMs) };
}

function judge({ volts, runningMs, silentRounds }: Ignition, nowMs: number): Ignition['verdict'] {
  const isCharging = volts === undefined || volts >= CHARGING_VOLTS;
  if (silentRounds >= SILENT_ROUNDS) return isCharging ? 'silent' : 'ignition-off';
  return !isCharging && nowMs - runningMs >= STANDING_MS ? 'ignition-off' : 'on';
}

/** Whether a vehicle at rest is worth a question again. */
export function isAwakened(volts: number, lowestVolts: number): boolean {
  return volts >= CHARGING_VOLTS || volts - lowestVolts >= RISE_VOLTS;
}
