/** The four lamps of a node; one that it does not have is absent. */
export interface Lamps {
  readonly malfunctionIndicator?: LampState;
  readonly redStop?: LampState;
  readonly amberWarning?: LampState;
  readonly protect?: LampState;
}

/** What a lamp does: slow is once a second, fast twice or more. */
export type LampState = 'off' | 'on' | 'slowFlash' | 'fastFlash';

/** From the highest two bits of either byte downwards. */
const LAMPS = [
  { name: 'malfunctionIndicator', shift: 6 },
  { name: 'redStop', shift: 4 },
  { name: 'amberWarning', shift: 2 },
  { name: 'protect', shift: 0 },
] as const;

const OFF = 0;
const ON = 1;
const NOT_AVAILABLE = 3;
const SLOW_FLASH = 0;
const FAST_FLASH = 1;
const NO_FLASH = 3;

/**
 * Two bits a lamp in the first byte: 0 off, 1 on, others say nothing; and two in the second: how a lamp that is on flashes.
 *
 * @see SAE J1939-73, 5.7.1.1 to 5.7.1.8
 */
export function decodeLamps(states: number, flashes: number): Lamps {
  const lamps: { -readonly [Name in keyof Lamps]: LampState } = {};
  for (const { name, shift } of LAMPS) {
    const state = (states >> shift) & 3;
    if (state === OFF) lamps[name] = 'off';
    else if (state === ON) lamps[name] = flashOf((flashes >> shift) & 3);
  }
  return lamps;
}

function flashOf(flash: number): LampState {
  if (flash === SLOW_FLASH) return 'slowFlash';
  return flash === FAST_FLASH ? 'fastFlash' : 'on';
}

/** The inverse of {@link decodeLamps}. */
export function encodeLamps(lamps: Lamps): readonly [states: number, flashes: number] {
  let states = 0;
  let flashes = 0;
  for (const { name, shift } of LAMPS) {
    const [state, flash] = CODES[lamps[name] ?? 'absent'];
    states |= state << shift;
    flashes |= flash << shift;
  }
  return [states, flashes];
}

const CODES = {
  absent: [NOT_AVAILABLE, NO_FLASH],
  off: [OFF, NO_FLASH],
  on: [ON, NO_FLASH],
  slowFlash: [ON, SLOW_FLASH],
  fastFlash: [ON, FAST_FLASH],
} as const;
