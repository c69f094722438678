import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { midnightUnixMs } from './calendar-day.ts';
import { FieldCursor } from './field-cursor.ts';
import { type LetterTable, lettersOf } from './letter-table.ts';
import { HEX_DIGITS } from './line-checksum.ts';

/**
 * Reads the fields of a sentence one after the other. Each method takes the field that it names, or the two or three, so that a decoder
 * reads like the grammar of its sentence. One reader serves all sentences of a receiver.
 *
 * An empty field is `undefined`, and so is one that an older version of the sentence does not have: absent is never 0 [S2]. A field that
 * cannot be read is judged by what hangs on it. Time, date, position and the {@link FieldReader.verdict} on a fix refuse the whole
 * sentence in {@link FieldReader.finish}: half a position is worse than none. Any other is a *fault*: the field is absent and counted.
 * Receivers put odd text in fields that few look at.
 */
export class FieldReader {
  readonly #cursor = new FieldCursor();
  #refusal: FieldRejection | undefined;
  #faults = 0;

  /** Goes to the first field, which begins at `start`; the last one ends before `end`. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.#cursor.open(bytes, start, end);
    this.#refusal = undefined;
    this.#faults = 0;
  }

  /** The sentence as decoded, unless a field that matters was bad: then the first reason. */
  finish<T>(sentence: T): Decoded<T, FieldRejection> {
    return this.#refusal === undefined ? decoded(sentence) : rejected(this.#refusal);
  }

  /** Fields so far that could not be read and do not matter. */
  get faults(): number {
    return this.#faults;
  }

  /** How many fields are left. */
  countFields(): number {
    return this.#cursor.countFields();
  }

  /** Passes over fields that say nothing to us. */
  skip(count = 1): void {
    for (let skipped = 0; skipped < count; skipped++) this.#cursor.passField();
  }

  /** The field as it stands. */
  text(): string | undefined {
    if (!this.#cursor.beginField()) return undefined;
    const text = this.#cursor.text();
    this.#cursor.passField();
    return text;
  }

  /** A decimal number: up to 15 digits are exactly what `Number` makes of them. */
  number(): number | undefined {
    return this.numberWithin(-Infinity, Infinity);
  }

  /** A decimal number within bounds, both included. */
  numberWithin(min: number, max: number): number | undefined {
    if (!this.#cursor.beginField()) return undefined;
    const value = this.#cursor.endField(this.#cursor.decimal());
    return this.#minor(value >= min && value <= max ? value + 0 : NaN);
  }

  /** A decimal number that cannot be negative: an accuracy, an age. */
  magnitude(): number | undefined {
    return this.numberWithin(0, Infinity);
  }

  /** A dilution of precision. Receivers send 0 when they have none: no geometry is that good. */
  dilution(): number | undefined {
    const dilution = this.magnitude();
    return dilution === 0 ? undefined : dilution;
  }

  /** A course or a heading in degrees clockwise from north, 0 to 360. */
  headingDeg(): number | undefined {
    return this.numberWithin(0, 360);
  }

  /** A speed in units of `mpsPerUnit`, in metres per second. */
  speedMps(mpsPerUnit: number): number | undefined {
    const speed = this.magnitude();
    return speed === undefined ? undefined : speed * mpsPerUnit;
  }

  /** A count or an identifier: decimal digits only. */
  integer(): number | undefined {
    if (!this.#cursor.beginField()) return undefined;
    return this.#minor(this.#cursor.endField(this.#cursor.digits()));
  }

  /** An identifier of one hexadecimal digit. */
  hexDigit(): number | undefined {
    return this.code(HEX_DIGITS);
  }

  /** A magnetic variation in degrees and `E` or `W`, east positive. Without the letter nothing is stated. */
  variationDeg(): number | undefined {
    const magnitudeDeg = this.magnitude();
    const side = this.code(SIGN_BY_SIDE);
    return magnitudeDeg === undefined || side === undefined ? undefined : magnitudeDeg * side;
  }

  /** `value`, which is followed by the letter of its unit. The letter may be missing; another one makes the number meaningless. */
  inUnit<T>(value: T | undefined, unit: LetterTable<true>): T | undefined {
    return this.code(unit, false) === false ? undefined : value;
  }

  /** A code of one letter of `table`; any other is a fault and gives `other`. */
  code<Name, Other = undefined>(table: LetterTable<Name>, other?: Other): Name | Other | undefined {
    if (!this.#cursor.beginField()) return undefined;
    const name = table[this.#cursor.takeByte()];
    const isCode = this.#cursor.endField(0) === 0 && name !== undefined;
    if (isCode) return name;
    this.#faults++;
    return other;
  }

  /** A code of one letter that says whether there is a fix: any other than those of `table` refuses the sentence. */
  verdict<Name>(table: LetterTable<Name>): Name | undefined {
    const name = this.code(table, UNKNOWN);
    if (name !== UNKNOWN) return name;
    this.refuse('bad-code');
    return undefined;
  }

  /** A string of one-letter codes of `table`; letters that are none are faults. */
  codes<Name>(table: LetterTable<Name>): readonly Name[] {
    const names: Name[] = [];
    if (!this.#cursor.beginField()) return names;
    while (!this.#cursor.isAtSeparator()) {
      const name = table[this.#cursor.takeByte()];
      if (name === undefined) this.#faults++;
      else names.push(name);
    }
    this.#cursor.passField();
    return names;
  }

  /** `hhmmss.sss` in milliseconds since midnight UTC, 0 to 86,400,999: the last second of a day may be a leap second. */
  timeOfDayMs(): number | undefined {
    const cursor = this.#cursor;
    if (!cursor.beginField()) return undefined;
    const start = cursor.position;
    const whole = cursor.digits();
    const digits = cursor.position - start;
    const hours = Math.floor(whole / 10_000);
    const minutes = Math.floor(whole / 100) % 100;
    const seconds = whole % 100;
    const fractionMs = Math.floor(cursor.withFraction(0) * 1000 + ROUNDING);
    // A receiver that drops the leading zero of the hours is understood; what lacks more could be anything.
    const isTime = digits >= 5 && digits <= 6 && hours <= 23 && minutes <= 59 && seconds <= 60;
    const timeOfDayMs = ((hours * 60 + minutes) * 60 + seconds) * 1000 + fractionMs;
    return this.#major(cursor.endField(isTime ? timeOfDayMs : NaN), 'bad-time');
  }

  /**
   * `ddmmyy` as the Unix time of that midnight UTC, in milliseconds. GPS began in 1980: `80` is 1980, `79` is 2079. A year of three
   * digits counts from 1900, as receivers write it that were not made for 2000. All zeros state nothing.
   */
  dateUnixMs(): number | undefined {
    if (!this.#cursor.beginField()) return undefined;
    const start = this.#cursor.position;
    const date = this.#cursor.digits();
    const digits = this.#cursor.position - start;
    const yearScale = digits === 7 ? 1000 : 100;
    const year = date % yearScale;
    const dayAndMonth = Math.floor(date / yearScale);
    const isDate = digits === 6 || (digits === 7 && year >= 100);
    if (this.#cursor.endField(isDate ? date : NaN) === 0) return undefined;
    const fullYear = year + (year < 80 ? 2000 : 1900);
    const dateUnixMs = midnightUnixMs(fullYear, dayAndMonth % 100, Math.floor(dayAndMonth / 100));
    return this.#major(isDate ? dateUnixMs : NaN, 'bad-date');
  }

  /** Three fields, `dd,mm,yyyy`, as the Unix time of that midnight UTC, in milliseconds. All zeros state nothing. */
  splitDateUnixMs(): number | undefined {
    const faults = this.#faults;
    const day = this.integer();
    const month = this.integer();
    const year = this.integer();
    if (this.#faults > faults) this.refuse('bad-date');
    if (day === undefined || month === undefined || year === undefined || day + month + year === 0) return undefined;
    return this.#major(midnightUnixMs(year, month, day), 'bad-date');
  }

  /** Two fields, signed hours and minutes, in minutes; the sign of the hours counts for both. */
  zoneMin(): number | undefined {
    const hasHours = this.#cursor.beginField();
    const hours = hasHours ? this.#cursor.endField(this.#cursor.decimal()) : 0;
    const minutes = this.numberWithin(0, 59) ?? 0;
    if (!hasHours) return undefined;
    const isWithin = Math.abs(hours) * 60 + minutes <= MAX_ZONE_MIN;
    const sign = hours < 0 || Object.is(hours, -0) ? -1 : 1;
    return this.#minor(isWithin ? hours * 60 + minutes * sign + 0 : NaN);
  }

  /** `ddmm.mmmm` and `N` or `S`, in degrees, north positive. */
  latitudeDeg(): number | undefined {
    return this.#angleDeg(SIGN_BY_HEMISPHERE, 90, 'bad-latitude');
  }

  /** `dddmm.mmmm` and `E` or `W`, in degrees, east positive. Receivers that drop leading zeros are understood. */
  longitudeDeg(): number | undefined {
    return this.#angleDeg(SIGN_BY_SIDE, 180, 'bad-longitude');
  }

  /** Refuses the sentence; the first reason counts. */
  refuse(reason: FieldRejection): void {
    this.#refusal ??= reason;
  }

  /** Takes back the refusal for a bad position: a sentence that denies its position need not have one. */
  pardonPosition(): void {
    if (this.#refusal === 'bad-latitude' || this.#refusal === 'bad-longitude') this.#refusal = undefined;
  }

  #angleDeg(signs: LetterTable<1 | -1>, limitDeg: number, reason: FieldRejection): number | undefined {
    const cursor = this.#cursor;
    if (!cursor.beginField()) {
      cursor.passField();
      return undefined;
    }
    const magnitudeDeg = cursor.endField(this.#degreesAndMinutes());
    const sign = cursor.beginField() ? cursor.endField(signs[cursor.takeByte()] ?? NaN) : NaN;
    // Adding 0, here and elsewhere, makes 0 of -0: the equator has no south side.
    return this.#major(magnitudeDeg <= limitDeg ? magnitudeDeg * sign + 0 : NaN, reason);
  }

  /** At least one digit of degrees before the two of minutes: fewer may come from a receiver that sends plain degrees. */
  #degreesAndMinutes(): number {
    const start = this.#cursor.position;
    const whole = this.#cursor.digits();
    const digits = this.#cursor.position - start;
    const degrees = Math.floor(whole / 100);
    const minutes = this.#cursor.withFraction(whole - degrees * 100);
    return digits >= 3 && digits <= 5 && minutes < 60 ? degrees + minutes / 60 : NaN;
  }

  /** What a field that does not matter says; NaN is a fault. */
  #minor(value: number): number | undefined {
    if (!Number.isNaN(value)) return value;
    this.#faults++;
    return undefined;
  }

  /** What a field that matters says; NaN refuses the sentence. */
  #major(value: number, reason: FieldRejection): number | undefined {
    if (!Number.isNaN(value)) return value;
    this.refuse(reason);
    return undefined;
  }
}

/** Why a field that matters cannot be read. */
export type FieldRejection = 'bad-number' | 'bad-latitude' | 'bad-longitude' | 'bad-time' | 'bad-date' | 'bad-code';

const UNKNOWN = Symbol('unknown');
/** Zones reach 13:45 hours; the sign is a matter of convention. */
const MAX_ZONE_MIN = 14 * 60;
/** More than a product of binary fractions is off just below 1000, less than its last decimal. */
const ROUNDING = 2e-13;

const SIGN_BY_HEMISPHERE = lettersOf({ N: 1, S: -1 });
const SIGN_BY_SIDE = lettersOf({ E: 1, W: -1 });
