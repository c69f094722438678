/** Readers and writers for the field types that UBX payloads share; all of them are little endian. */

/** Whether a bit of a bit field is set; bit 0 is the lowest. */
export function hasBit(field: number, bit: number): boolean {
  return ((field >>> bit) & 1) === 1;
}

/** A bit field of single bits, the lowest first. */
export function packBits(...bits: readonly boolean[]): number {
  return bits.reduce((field, isSet, bit) => field | (Number(isSet) << bit), 0);
}

/** The name that stands at `index` of the table, or the one that stands for all others. */
export function nameAt<Name>(names: readonly Name[], index: number, other: Name): Name {
  return names[index] ?? other;
}

/** An accuracy, four bytes, in units of which `unitsPerOne` make one; receivers say «unknown» with all bits set. */
export function readAccuracy(payload: DataView, offset: number, unitsPerOne: number): number | undefined {
  const units = payload.getUint32(offset, true);
  return units === UNKNOWN_ACCURACY ? undefined : units / unitsPerOne;
}

/** The inverse of {@link readAccuracy}. */
export function writeAccuracy(
  payload: DataView,
  offset: number,
  accuracy: number | undefined,
  unitsPerOne: number,
): void {
  payload.setUint32(offset, accuracy === undefined ? UNKNOWN_ACCURACY : Math.round(accuracy * unitsPerOne), true);
}

/** A signed number, four bytes, in units of which `unitsPerOne` make one. */
export function readScaled(payload: DataView, offset: number, unitsPerOne: number): number {
  return payload.getInt32(offset, true) / unitsPerOne;
}

/** The inverse of {@link readScaled}; what is not stated is 0. */
export function writeScaled(payload: DataView, offset: number, value: number | undefined, unitsPerOne: number): void {
  payload.setInt32(offset, Math.round((value ?? 0) * unitsPerOne), true);
}

/** A course or heading in 1e-5 degrees, four bytes, signed, as 0 up to but without 360 degrees. */
export function readHeadingDeg(payload: DataView, offset: number): number {
  const units = payload.getInt32(offset, true) % FULL_CIRCLE;
  return ((units + FULL_CIRCLE) % FULL_CIRCLE) / HEADING_UNITS_PER_DEG;
}

/** The inverse of {@link readHeadingDeg}; what is not stated is 0. */
export function writeHeadingDeg(payload: DataView, offset: number, headingDeg: number | undefined): void {
  writeScaled(payload, offset, headingDeg, HEADING_UNITS_PER_DEG);
}

/** A dilution of precision in hundredths, two bytes. */
export function readDop(payload: DataView, offset: number): number {
  return payload.getUint16(offset, true) / 100;
}

/** The inverse of {@link readDop}; what is too large to be stated is 99.99. */
export function writeDop(payload: DataView, offset: number, dop: number): void {
  payload.setUint16(offset, Math.min(Math.round(dop * 100), MAX_DOP), true);
}

/** Text of fixed length, up to the first NUL. */
export function readText(payload: DataView, offset: number, sizeBytes: number): string {
  let text = '';
  for (let index = offset; index < offset + sizeBytes; index++) {
    const code = payload.getUint8(index);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

/** The inverse of {@link readText}: cut to its length, filled up with NUL. */
export function writeText(payload: DataView, offset: number, sizeBytes: number, text: string): void {
  for (let index = 0; index < Math.min(text.length, sizeBytes); index++) {
    payload.setUint8(offset + index, text.charCodeAt(index));
  }
}

const UNKNOWN_ACCURACY = 0xffff_ffff;
const HEADING_UNITS_PER_DEG = 1e5;
const FULL_CIRCLE = 360 * HEADING_UNITS_PER_DEG;
/** Receivers state 9999 for what is larger, or unknown. */
const MAX_DOP = 0xffff;
