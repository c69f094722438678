import type { DbcSignal } from './dbc.ts';

/**
 * Makes the function from a raw number to its physical value, `raw * factor + offset`.
 *
 * Factors are decimal fractions, which binary numbers miss by a hair: 17821 · 0.1 gives 1782.1000000000001. So the sum is made in whole units
 * of the last decimal and divided once, which gives the number nearest to the true one, whenever the units stay exact.
 * @param maxRaw largest magnitude of a raw value
 */
export function compileScale(factor: number, offset: number, maxRaw: number): (raw: number) => number {
  if (factor === 1 && offset === 0) return (raw) => raw;
  const decimals = Math.max(decimalsOf(factor), decimalsOf(offset));
  const divisor = Number(`1e${decimals}`);
  const factorUnits = toUnits(factor, decimals);
  const offsetUnits = toUnits(offset, decimals);
  const maxUnits = maxRaw * Math.abs(factorUnits) + Math.abs(offsetUnits);
  const isExact = decimals <= MAX_EXACT_POWER_OF_TEN && maxUnits <= Number.MAX_SAFE_INTEGER;
  return isExact ? (raw) => (raw * factorUnits + offsetUnits) / divisor : (raw) => raw * factor + offset;
}

/** The same for integers beyond 53 bits: exact where factor and offset are integers. */
export function compileBigScale(factor: number, offset: number): (raw: bigint) => number | bigint {
  if (!hasIntegerScale({ factor, offset })) return (raw) => Number(raw) * factor + offset;
  const wholeFactor = BigInt(factor);
  const wholeOffset = BigInt(offset);
  return (raw) => raw * wholeFactor + wholeOffset;
}

/** Whether physical values of an integer signal are integers too. */
export function hasIntegerScale({ factor, offset }: Pick<DbcSignal, 'factor' | 'offset'>): boolean {
  return Number.isSafeInteger(factor) && Number.isSafeInteger(offset);
}

const MAX_EXACT_POWER_OF_TEN = 22;

/** Digits after the decimal point of the shortest text of a number. */
function decimalsOf(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const fraction = mantissa.split('.')[1] ?? '';
  return Math.max(0, fraction.length - Number(exponent));
}

/** A number with at most that many decimals, as a count of its last decimal. */
function toUnits(value: number, decimals: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  return Number(`${mantissa}e${Number(exponent) + decimals}`);
}
