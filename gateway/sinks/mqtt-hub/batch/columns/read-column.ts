import { MAX_BATCH_EVENTS } from '#gateway/sinks/mqtt-hub/batch/batch.ts';
import { VALUE_SEPARATOR } from './separators.ts';
import { MAX_SCALE, spellDecimal, spellTime } from './spell.ts';

/**
 * Reads a column.
 *
 * @param earlier the columns of the shape before it, which it may repeat
 * @returns the spelling of each of its values; undefined for what is no column
 */
export function readColumn(column: string, earlier: readonly (readonly string[])[]): readonly string[] | undefined {
  const [kind = '', ...values] = column.split(VALUE_SEPARATOR, MAX_BATCH_EVENTS + 2);
  if (kind === 's') return values;
  if (REPEATED.test(kind)) return values.length === 0 ? earlier[Number(kind.slice(1))] : undefined;
  const [, letter, order, digits] = NUMERIC.exec(kind) ?? [];
  const numbers = letter === undefined ? undefined : addUp(values, Number(order));
  if (numbers === undefined) return undefined;
  if (letter === 't') return digits === '' ? spelled(numbers, spellTime) : undefined;
  const spelling = { scale: Number(digits), isFixed: letter === 'f' };
  if (digits === '' || spelling.scale > MAX_SCALE) return undefined;
  return numbers.map((units) => spellDecimal(units, spelling));
}

const REPEATED = /^=\d{1,4}$/;
const NUMERIC = /^([nft])([012])(\d{0,2})$/;
const WHOLE = /^-?\d{1,16}$/;

function spelled(
  numbers: readonly number[],
  spell: (value: number) => string | undefined,
): readonly string[] | undefined {
  const spellings: string[] = [];
  for (const number of numbers) {
    const spelling = spell(number);
    if (spelling === undefined) return undefined;
    spellings.push(spelling);
  }
  return spellings;
}

/** @returns undefined where a step, or a sum, is no whole number that a double holds */
function addUp(steps: readonly string[], order: number): readonly number[] | undefined {
  const values: number[] = [];
  let [value, difference] = [0, 0];
  for (const text of steps) {
    const step = WHOLE.test(text) ? Number(text) : Number.NaN;
    difference = order === 2 && values.length > 1 ? difference + step : step;
    value = order === 0 ? step : value + difference;
    // A difference that is none makes a value that is none.
    if (!Number.isSafeInteger(step) || !Number.isSafeInteger(difference) || !Number.isSafeInteger(value))
      return undefined;
    values.push(value);
  }
  return values;
}
