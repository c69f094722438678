/**
 * Reads the field types that NMEA 0183 sentences share.
 *
 * An empty field is `undefined`: absent is never 0. A field that is there but cannot be read leaves its reason in
 * {@link FieldReader.rejection}, and the sentence decoder gives the whole sentence up: half a position is worse than none.
 */
export class FieldReader {
  #rejection: FieldRejection | undefined;
  readonly #fields: readonly string[];

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  /** The first problem met so far. */
  get rejection(): FieldRejection | undefined {
    return this.#rejection;
  }

  /** The field as it stands. */
  text(index: number): string | undefined {
    const text = this.#fields[index];
    return text === '' ? undefined : text;
  }

  /** A plain decimal number; `1e3`, `0x10` and `NaN` are none. */
  number(index: number): number | undefined {
    return this.#match(index, NUMBER, 'bad-number', ([text]) => Number(text));
  }

  /** A count or a code: decimal digits only. */
  integer(index: number): number | undefined {
    return this.#match(index, INTEGER, 'bad-number', ([text]) => Number(text));
  }

  /** `hhmmss.sss` in milliseconds since midnight UTC, 0 to 86,400,999: the last second of a day may be a leap second. */
  timeOfDayMs(index: number): number | undefined {
    return this.#match(index, TIME, 'bad-time', ([, hours, minutes, seconds, fraction = '']) => {
      if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
      const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
      return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + ms;
    });
  }

  /** `ddmm.mmmm` and `N` or `S`, in degrees, north positive. */
  latitudeDeg(index: number): number | undefined {
    return this.#angle(index, 'N', 'S', 90, 'bad-latitude');
  }

  /** `dddmm.mmmm` and `E` or `W`, in degrees, east positive. Receivers that drop leading zeros are understood. */
  longitudeDeg(index: number): number | undefined {
    return this.#angle(index, 'E', 'W', 180, 'bad-longitude');
  }

  #angle(index: number, positive: string, negative: string, limitDeg: number, reason: FieldRejection) {
    return this.#match(index, ANGLE, reason, ([, degrees, minutes]) => {
      const hemisphere = this.#fields[index + 1];
      const magnitudeDeg = Number(degrees) + Number(minutes) / 60;
      if (Number(minutes) >= 60 || magnitudeDeg > limitDeg) return undefined;
      if (hemisphere === positive) return magnitudeDeg;
      return hemisphere === negative ? -magnitudeDeg : undefined;
    });
  }

  /** Absent stays absent; a field that does not match, or that `read` cannot accept, rejects the sentence. */
  #match<T>(
    index: number,
    pattern: RegExp,
    reason: FieldRejection,
    read: (match: RegExpExecArray) => T | undefined,
  ): T | undefined {
    const text = this.text(index);
    if (text === undefined) return undefined;
    const match = pattern.exec(text);
    const value = match === null ? undefined : read(match);
    if (value === undefined) this.#rejection ??= reason;
    return value;
  }
}

/** Why a field cannot be read. */
export type FieldRejection = 'bad-number' | 'bad-latitude' | 'bad-longitude' | 'bad-time' | 'bad-date' | 'bad-code';

// Every repetition is bounded: a hostile field costs no more than its length.
const NUMBER = /^[+-]?\d{1,12}(?:\.\d{0,12})?$/;
const INTEGER = /^\d{1,9}$/;
const ANGLE = /^(\d{1,3})(\d{2}(?:\.\d{0,12})?)$/;
const TIME = /^(\d{2})(\d{2})(\d{2})(?:\.(\d{0,9}))?$/;
