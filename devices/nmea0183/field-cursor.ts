/**
 * Goes over the fields of a sentence byte by byte: where one begins and ends, and the numbers in it. Nothing is copied. Spaces around a
 * field are none of it. What cannot be read is NaN; {@link FieldReader} judges what follows from that.
 */
export class FieldCursor {
  #bytes: Uint8Array = new Uint8Array(0);
  /** Behind {@link FieldCursor.#end} when there is no field left. */
  #position = 0;
  #end = 0;

  /** Goes to the first field, which begins at `start`; the last one ends before `end`. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  get position(): number {
    return this.#position;
  }

  /** How many fields are left. */
  countFields(): number {
    if (this.#position > this.#end) return 0;
    let count = 1;
    for (let index = this.#position; index < this.#end; index++) if (this.#bytes[index] === COMMA) count++;
    return count;
  }

  /** Goes to what the next field holds. False for an empty field, which is passed by, and where there is none. */
  beginField(): boolean {
    const end = this.#end;
    let position = this.#position;
    while (position < end && this.#bytes[position] === SPACE) position++;
    const isEmpty = position >= end || this.#bytes[position] === COMMA;
    this.#position = isEmpty ? position + 1 : position;
    return !isEmpty;
  }

  /** Goes to the next field. Gives back `value` if nothing was left of this one, else NaN. */
  endField(value: number): number {
    const position = this.#position;
    if (position >= this.#end || this.#bytes[position] === COMMA) {
      this.#position = position + 1;
      return value;
    }
    while (this.#position < this.#end && this.#bytes[this.#position] === SPACE) this.#position++;
    const isOver = this.isAtSeparator();
    this.passField();
    return isOver ? value : NaN;
  }

  passField(): void {
    while (!this.isAtSeparator()) this.#position++;
    this.#position++;
  }

  isAtSeparator(): boolean {
    return this.#position >= this.#end || this.#bytes[this.#position] === COMMA;
  }

  /** The byte that the field goes on with; must not be called at its end. */
  takeByte(): number {
    return this.#bytes[this.#position++] ?? 0;
  }

  /** Digits as an integer; NaN where there is none. What exceeds {@link MAX_DIGITS} is left over, and so spoils the field. */
  digits(): number {
    const bytes = this.#bytes;
    const start = this.#position;
    const limit = Math.min(this.#end, start + MAX_DIGITS);
    let value = 0;
    let position = start;
    for (; position < limit; position++) {
      const digit = (bytes[position] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.#position = position;
    return position === start ? NaN : value;
  }

  /** Digits behind a point, if there are any, added to the whole number before it. Rounds once, in one division: that makes it exact. */
  withFraction(whole: number): number {
    if (this.#position >= this.#end || this.#bytes[this.#position] !== POINT) return whole;
    const start = ++this.#position;
    const fraction = this.digits();
    const scale = POWERS_OF_TEN[this.#position - start] ?? NaN;
    return scale === 1 ? whole : (whole * scale + fraction) / scale;
  }

  /** A plain decimal number with or without a sign, of zero too; `1e3`, `0x10` and `NaN` are none. */
  decimal(): number {
    const first = this.#bytes[this.#position];
    if (first === MINUS || first === PLUS) this.#position++;
    const start = this.#position;
    const whole = this.digits();
    const magnitude = this.withFraction(Number.isNaN(whole) ? 0 : whole);
    // Without a whole part there must be more than a point.
    if (Number.isNaN(whole) && this.#position < start + 2) return NaN;
    return first === MINUS ? -magnitude : magnitude;
  }

  /** What is left of the field, as it stands; as long as it does not change, the same string is given again. */
  text(): string {
    const start = this.#position;
    while (!this.isAtSeparator()) this.#position++;
    let end = this.#position;
    while (this.#bytes[end - 1] === SPACE) end--;
    const isSame = this.#lastText.length === end - start && this.#holds(start, this.#lastText);
    if (!isSame) this.#lastText = String.fromCharCode(...this.#bytes.subarray(start, end));
    return this.#lastText;
  }
  #lastText = '';

  #holds(start: number, text: string): boolean {
    for (let index = 0; index < text.length; index++) {
      if (this.#bytes[start + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }
}

/** Doubles count exactly so far. */
const MAX_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: MAX_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

const SPACE = 0x20;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
