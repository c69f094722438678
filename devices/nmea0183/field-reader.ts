import { type Decoded, decoded, rejected } from '#devices/decoded.ts';

/**
 * Reads the field types that NMEA 0183 sentences share.
 *
 * An empty field is `undefined`: absent is never 0 [S2]. A field that is there but cannot be read rejects the whole sentence in
 * {@link FieldReader.finish}: half a position is worse than none.
 */
export class FieldReader {
  #rejection: FieldRejection | undefined;
  readonly #fields: readonly string[];

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  /** The sentence as decoded, unless one of the fields read so far was bad: then the first reason. */
  finish<T>(sentence: T): Decoded<T, FieldRejection> {
    return this.#rejection === undefined ? decoded(sentence) : rejected(this.#rejection);
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

  /** A decimal number that cannot be negative: a speed, a dilution of precision, an age. */
  magnitude(index: number): number | undefined {
    return this.#match(index, NUMBER, 'bad-number', ([text]) => (Number(text) >= 0 ? Number(text) : undefined));
  }

  /** A count or an identifier: decimal digits only. */
  integer(index: number): number | undefined {
    return this.#match(index, INTEGER, 'bad-number', ([text]) => Number(text));
  }

  /** An identifier of one hexadecimal digit. */
  hexDigit(index: number): number | undefined {
    return this.#match(index, HEX_DIGIT, 'bad-number', ([digit]) => Number.parseInt(digit, 16));
  }

  /** One of the codes of `table`, by its name there. */
  code<Name>(index: number, table: Readonly<Record<string, Name>>): Name | undefined {
    return this.#match(index, CODE, 'bad-code', ([code]) => (Object.hasOwn(table, code) ? table[code] : undefined));
  }

  /** A string of one-letter codes of `table`; an empty field has none. */
  codes<Name>(index: number, table: Readonly<Record<string, Name>>): readonly Name[] {
    const letters = new FieldReader([...(this.text(index) ?? '')]);
    const names = letters.#fields.map((_, letterIndex) => letters.code(letterIndex, table));
    this.#rejection ??= letters.#rejection;
    return names.filter((name) => name !== undefined);
  }

  /** `hhmmss.sss` in milliseconds since midnight UTC, 0 to 86,400,999: the last second of a day may be a leap second. */
  timeOfDayMs(index: number): number | undefined {
    return this.#match(index, TIME, 'bad-time', ([, hours, minutes, seconds, fraction = '']) => {
      if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
      const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
      return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + ms;
    });
  }

  /** `ddmmyy` as the Unix time of that midnight UTC, in milliseconds. GPS began in 1980: `80` is 1980, `79` is 2079. */
  dateUnixMs(index: number): number | undefined {
    return this.#match(index, DATE, 'bad-date', ([, day, month, year]) =>
      midnightUnixMs(Number(year) + (Number(year) < 80 ? 2000 : 1900), Number(month), Number(day)),
    );
  }

  /** Three fields, `dd,mm,yyyy`, as the Unix time of that midnight UTC, in milliseconds. */
  splitDateUnixMs(index: number): number | undefined {
    const [day, month, year] = [this.integer(index), this.integer(index + 1), this.integer(index + 2)];
    if (day === undefined || month === undefined || year === undefined) return undefined;
    const dateUnixMs = midnightUnixMs(year, month, day);
    if (dateUnixMs === undefined) this.#rejection ??= 'bad-date';
    return dateUnixMs;
  }

  /** Two fields, signed hours and minutes, in minutes; the sign of the hours counts for both. */
  zoneMin(index: number): number | undefined {
    const minutes = this.integer(index + 1) ?? 0;
    return this.#match(index, ZONE, 'bad-time', ([, sign, hours]) => {
      const zoneMin = Number(hours) * 60 + minutes;
      if (zoneMin > MAX_ZONE_MIN || minutes > 59) return undefined;
      return sign === '-' && zoneMin !== 0 ? -zoneMin : zoneMin;
    });
  }

  /** A course in degrees clockwise from north, 0 to 360. */
  headingDeg(index: number): number | undefined {
    return this.#match(index, NUMBER, 'bad-heading', ([text]) => {
      const headingDeg = Number(text);
      return headingDeg >= 0 && headingDeg <= 360 ? headingDeg : undefined;
    });
  }

  /** A speed in units of `mpsPerUnit`, in metres per second. */
  speedMps(index: number, mpsPerUnit: number): number | undefined {
    const speed = this.magnitude(index);
    return speed === undefined ? undefined : speed * mpsPerUnit;
  }

  /** A magnetic variation in degrees and `E` or `W`, east positive. Without the letter nothing is stated. */
  variationDeg(index: number): number | undefined {
    const magnitudeDeg = this.magnitude(index);
    const side = this.code(index + 1, SIGN_BY_SIDE);
    return magnitudeDeg === undefined || side === undefined ? undefined : magnitudeDeg * side;
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
export type FieldRejection =
  | 'bad-number'
  | 'bad-latitude'
  | 'bad-longitude'
  | 'bad-heading'
  | 'bad-time'
  | 'bad-date'
  | 'bad-code';

/** Undefined unless the calendar has that day. */
function midnightUnixMs(year: number, month: number, day: number): number | undefined {
  if (year < 1980 || year > 9999) return undefined;
  const dateUnixMs = Date.UTC(year, month - 1, day);
  const date = new Date(dateUnixMs);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? dateUnixMs : undefined;
}

/** Zones reach 13:45 hours; the sign is a matter of convention. */
const MAX_ZONE_MIN = 14 * 60;
const SIGN_BY_SIDE = { E: 1, W: -1 } as const;

// Every repetition is bounded: a hostile field costs no more than its length.
const NUMBER = /^[+-]?(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})$/;
const INTEGER = /^\d{1,9}$/;
const HEX_DIGIT = /^[0-9A-Fa-f]$/;
const ZONE = /^([+-]?)(\d{1,2})$/;
const CODE = /^.$/;
const ANGLE = /^(\d{1,3})(\d{2}(?:\.\d{0,12})?)$/;
const TIME = /^(\d{2})(\d{2})(\d{2})(?:\.(\d{0,9}))?$/;
const DATE = /^(\d{2})(\d{2})(\d{2})$/;
