import { VALUE_SEPARATOR } from './separators.ts';
import { MAX_SCALE, spellDecimal, spellTime } from './spell.ts';

/**
 * The column of these spellings, of which there is at least one: its kind, and a value for each. Whatever it makes of them gives the very
 * same spellings back: numbers and times are only taken for such if all of them do.
 */
export function composeColumn(spellings: readonly string[]): string {
  return timesOf(spellings) ?? decimalsOf(spellings) ?? join('s', spellings);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DECIMAL = /^-?\d{1,16}(?:\.\d{1,15})?$/;

function timesOf(spellings: readonly string[]): string | undefined {
  const times: number[] = [];
  for (const spelling of spellings) {
    const unixMs = TIME.test(spelling) ? Date.parse(spelling) : Number.NaN;
    if (spellTime(unixMs) !== spelling) return undefined;
    times.push(unixMs);
  }
  const { order, steps } = cheapest(times);
  return join(`t${order}`, steps);
}

function decimalsOf(spellings: readonly string[]): string | undefined {
  if (!spellings.every((spelling) => DECIMAL.test(spelling))) return undefined;
  const scale = Math.max(...spellings.map(fractionDigits));
  const units = spellings.map((spelling) => unitsOf(spelling, scale));
  if (!units.every(Number.isSafeInteger)) return undefined;
  const { order, steps } = cheapest(units);
  const isSpelled = (isFixed: boolean) =>
    units.every((value, index) => spellDecimal(value, { scale, isFixed }) === spellings[index]);
  if (isSpelled(false)) return join(`n${order}${scale}`, steps);
  return isSpelled(true) ? join(`f${order}${scale}`, steps) : undefined;
}

function join(kind: string, values: readonly (number | string)[]): string {
  return [kind, ...values].join(VALUE_SEPARATOR);
}

function fractionDigits(spelling: string): number {
  const point = spelling.indexOf('.');
  return point === -1 ? 0 : spelling.length - point - 1;
}

/** The digits alone, as many behind the point as there are in the longest. */
function unitsOf(spelling: string, scale: number): number {
  return Number(spelling.replace('.', '') + ZEROS.slice(0, scale - fractionDigits(spelling)));
}

const ZEROS = '0'.repeat(MAX_SCALE);

interface Steps {
  /** What a step is added to: 0 to nothing, 1 to the value before it, 2 to the value and the difference before it. */
  readonly order: 0 | 1 | 2;
  readonly steps: readonly number[];
}

/** What takes the fewest bits: noise goes as it is, what drifts by its differences, what runs evenly by theirs. */
function cheapest(values: readonly number[]): Steps {
  const differences = stepsFrom(values, 0);
  // Steps that a double holds may well add up to differences that it does not.
  if (!differences.every(Number.isSafeInteger)) return { order: 0, steps: values };
  const choices: readonly Steps[] = [
    { order: 1, steps: differences },
    { order: 2, steps: stepsFrom(differences, 1) },
  ];
  let best: Steps = { order: 0, steps: values };
  for (const choice of choices) if (bitsOf(choice.steps) < bitsOf(best.steps)) best = choice;
  return best;
}

/** Each value behind `first` becomes its difference to the one before. */
function stepsFrom(values: readonly number[], first: number): readonly number[] {
  return values.map((value, index) => (index <= first ? value : value - (values[index - 1] ?? 0)));
}

/** Infinite if one is no whole number that a double holds. */
function bitsOf(steps: readonly number[]): number {
  let bits = 0;
  for (const step of steps) {
    if (!Number.isSafeInteger(step)) return Number.POSITIVE_INFINITY;
    const size = Math.abs(step);
    // The sign is a bit too.
    if (size > 0) bits += 1 + (size < 2 ** 32 ? 32 - Math.clz32(size) : 64 - Math.clz32(size / 2 ** 32));
  }
  return bits;
}
