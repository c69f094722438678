/** Writers for the field types that NMEA 0183 sentences share, inverse to the readers of `field-reader.ts`. Absent is an empty field. */

/** A decimal number with a fixed count of decimals. */
export function formatDecimal(value: number | undefined, decimals: number): string {
  return value === undefined ? '' : value.toFixed(decimals);
}

/** A count or an identifier, with leading zeros up to `digits`. */
export function formatInteger(value: number | undefined, digits: number): string {
  return value === undefined ? '' : String(value).padStart(digits, '0');
}

/** The code that `table` gives the name. */
export function formatCode<Name>(name: Name | undefined, table: Readonly<Record<string, Name>>): string {
  return Object.keys(table).find((code) => table[code] === name) ?? '';
}

/** Drops empty fields at the end, down to `count`: fields that older versions of a sentence do not have. */
export function trimFields(fields: readonly string[], count: number): readonly string[] {
  const length = fields.findLastIndex((field) => field !== '') + 1;
  return fields.slice(0, Math.max(length, count));
}

/** A speed in units of `mpsPerUnit`, with three decimals. */
export function formatSpeed(speedMps: number | undefined, mpsPerUnit: number): string {
  return speedMps === undefined ? '' : (speedMps / mpsPerUnit).toFixed(3);
}

/** Milliseconds since midnight as `hhmmss.sss`; the second after 23:59:59 of a leap day is `235960`. */
export function formatTimeOfDay(timeOfDayMs: number | undefined): string {
  if (timeOfDayMs === undefined) return '';
  const totalSeconds = Math.floor(timeOfDayMs / 1000);
  const minutes = Math.min(Math.floor(totalSeconds / 60), 24 * 60 - 1);
  const parts = [Math.floor(minutes / 60), minutes % 60, totalSeconds - minutes * 60];
  return `${parts.map((part) => formatInteger(part, 2)).join('')}.${formatInteger(timeOfDayMs % 1000, 3)}`;
}

/** The day of a Unix time in milliseconds as `[dd, mm, yyyy]`. */
export function formatDate(dateUnixMs: number | undefined): readonly [day: string, month: string, year: string] {
  if (dateUnixMs === undefined) return ['', '', ''];
  const date = new Date(dateUnixMs);
  return [
    formatInteger(date.getUTCDate(), 2),
    formatInteger(date.getUTCMonth() + 1, 2),
    formatInteger(date.getUTCFullYear(), 4),
  ];
}

/** Minutes as signed hours and minutes, `[-05, 30]`: two fields. */
export function formatZone(zoneMin: number | undefined): readonly [hours: string, minutes: string] {
  if (zoneMin === undefined) return ['', ''];
  const magnitudeMin = Math.abs(zoneMin);
  const hours = formatInteger(Math.floor(magnitudeMin / 60), 2);
  return [(zoneMin < 0 ? '-' : '') + hours, formatInteger(magnitudeMin % 60, 2)];
}

/** A magnetic variation as degrees with `E` or `W`: two fields. */
export function formatVariation(variationDeg: number | undefined): readonly [magnitude: string, side: string] {
  if (variationDeg === undefined) return ['', ''];
  return [Math.abs(variationDeg).toFixed(1), variationDeg < 0 ? 'W' : 'E'];
}

/** Degrees as `ddmm.mmmmmmm` with `N` or `S`: two fields. */
export function formatLatitude(latitudeDeg: number | undefined): readonly [angle: string, hemisphere: string] {
  return formatAngle(latitudeDeg, 2, 'N', 'S');
}

/** Degrees as `dddmm.mmmmmmm` with `E` or `W`: two fields. */
export function formatLongitude(longitudeDeg: number | undefined): readonly [angle: string, hemisphere: string] {
  return formatAngle(longitudeDeg, 3, 'E', 'W');
}

function formatAngle(
  angleDeg: number | undefined,
  degreeDigits: number,
  positive: string,
  negative: string,
): readonly [string, string] {
  if (angleDeg === undefined) return ['', ''];
  // In whole units of the last decimal (0.2 mm on the ground), so that rounding never yields 60 minutes.
  const unitsPerMinute = 1e7;
  const units = Math.round(Math.abs(angleDeg) * 60 * unitsPerMinute);
  const degrees = Math.floor(units / (60 * unitsPerMinute));
  const minutes = ((units % (60 * unitsPerMinute)) / unitsPerMinute).toFixed(7).padStart(10, '0');
  return [formatInteger(degrees, degreeDigits) + minutes, angleDeg < 0 ? negative : positive];
}
