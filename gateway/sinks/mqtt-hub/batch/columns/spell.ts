/** How a decimal is spelled. */
export interface Spelling {
  /** Digits behind the point, at most. */
  readonly scale: number;
  /** Zeros at the end are kept. */
  readonly isFixed: boolean;
}

/** A double holds no decimal of more digits behind the point, whatever it is. */
export const MAX_SCALE = 15;

/** @returns `units` times 10^-scale in JSON; `units` is a safe integer */
export function spellDecimal(units: number, { scale, isFixed }: Spelling): string {
  if (scale === 0) return String(units);
  const digits = String(Math.abs(units)).padStart(scale + 1, '0');
  const fraction = isFixed ? digits.slice(-scale) : withoutZeros(digits.slice(-scale));
  return `${units < 0 ? '-' : ''}${digits.slice(0, -scale)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** @returns undefined for a time in whose year RFC 3339 cannot be written */
export function spellTime(unixMs: number): string | undefined {
  return unixMs >= YEAR_0_MS && unixMs < YEAR_10000_MS ? new Date(unixMs).toISOString() : undefined;
}

const YEAR_0_MS = Date.UTC(-1, 12);
const YEAR_10000_MS = Date.UTC(10_000, 0);

function withoutZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === ZERO) end -= 1;
  return digits.slice(0, end);
}

const ZERO = 0x30;
