/** What the driver's key and the alternator make of the vehicle at one moment. */
export interface Electrics {
  readonly isIgnitionOn: boolean;
  /** At the diagnostic connector. */
  readonly volts: number;
  /** How long the engine has run since it was started; 0 while it stands. */
  readonly engineRunMs: number;
  /** How long the ignition has been off; 0 while it is on. */
  readonly offMs: number;
}

/** The ignition, turned on and off. It is on at the start, with the engine running. */
export class Ignition {
  #isOn = true;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs - CRANKING_MS;
  }

  /** Harmless where it is so already. */
  turn(isOn: boolean, nowMs: number): void {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    this.#sinceMs = nowMs;
  }

  /** Turned on, the starter runs first, then the alternator charges; turned off, the battery settles. */
  at(nowMs: number): Electrics {
    const elapsedMs = Math.max(0, nowMs - this.#sinceMs);
    if (!this.#isOn) return { isIgnitionOn: false, volts: restingVolts(elapsedMs), engineRunMs: 0, offMs: elapsedMs };
    const engineRunMs = Math.max(0, elapsedMs - CRANKING_MS);
    const volts = elapsedMs < CRANKING_MS ? CRANKING_VOLTS : CHARGING_VOLTS;
    return { isIgnitionOn: true, volts, engineRunMs, offMs: 0 };
  }
}

/** How long the starter turns. */
const CRANKING_MS = 1_000;

const CHARGING_VOLTS = 14.1;
const CRANKING_VOLTS = 10.4;
const RESTING_VOLTS = 12.4;
/** What is left on the plates just after charging. */
const SURFACE_VOLTS = 0.5;
const SETTLE_MS = 20_000;

function restingVolts(elapsedMs: number): number {
  return RESTING_VOLTS + SURFACE_VOLTS * Math.exp(-elapsedMs / SETTLE_MS);
}
