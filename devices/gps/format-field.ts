/** Writers for the field types that NMEA 0183 sentences share, inverse to the readers of `field-reader.ts`. Absent is an empty field. */

/** A decimal number with a fixed count of decimals. */
export function formatDecimal(value: number | undefined, decimals: number): string {
  return value === undefined ? '' : value.toFixed(decimals);
}

/** Milliseconds since midnight as `hhmmss.sss`; the second after 23:59:59 of a leap day is `235960`. */
export function formatTimeOfDay(timeOfDayMs: number | undefined): string {
  if (timeOfDayMs === undefined) return '';
  const totalSeconds = Math.floor(timeOfDayMs / 1000);
  const minutes = Math.min(Math.floor(totalSeconds / 60), 24 * 60 - 1);
  const parts = [Math.floor(minutes / 60), minutes % 60, totalSeconds - minutes * 60];
  const fraction = String(timeOfDayMs % 1000).padStart(3, '0');
  return `${parts.map((part) => String(part).padStart(2, '0')).join('')}.${fraction}`;
}

/** Degrees as `ddmm.mmmmmmm` with its hemisphere: two fields. One unit of the last decimal is 0.2 mm. */
export function formatAngle(
  angleDeg: number | undefined,
  degreeDigits: number,
  positive: string,
  negative: string,
): [string, string] {
  if (angleDeg === undefined) return ['', ''];
  const unitsPerMinute = 1e7;
  const units = Math.round(Math.abs(angleDeg) * 60 * unitsPerMinute);
  const degrees = Math.floor(units / (60 * unitsPerMinute));
  const minutes = ((units % (60 * unitsPerMinute)) / unitsPerMinute).toFixed(7).padStart(10, '0');
  return [String(degrees).padStart(degreeDigits, '0') + minutes, angleDeg < 0 ? negative : positive];
}
