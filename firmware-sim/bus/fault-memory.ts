/** A trouble code as a step of a scenario names it. */
export interface TroubleCode {
  /** Suspect parameter number, 19 bits. */
  readonly spn: number;
  /** Failure mode identifier, 5 bits. */
  readonly fmi: number;
}

/** The trouble codes of one control unit, and how often each became active. */
export class FaultMemory {
  readonly #active = new Map<string, TroubleCode>();
  readonly #occurrences = new Map<string, number>();

  raise(code: TroubleCode): void {
    const key = keyOf(code);
    if (this.#active.has(key)) return;
    this.#active.set(key, code);
    this.#occurrences.set(key, Math.min((this.#occurrences.get(key) ?? 0) + 1, MAX_OCCURRENCES));
  }

  clear(code: TroubleCode): void {
    this.#active.delete(keyOf(code));
  }

  /**
   * DM1: two bytes of lamps, then four for each code; without any, one code of zeros.
   *
   * ```text
   *  0            1              2–3                 4                         5
   *  lamps (2     flashing       SPN, lowest 16      SPN, highest 3 · FMI 5    conversion method 0 · count 7
   *  bits each)   (11: steady)   bits first
   * ```
   * @see SAE J1939-73, 5.7.1 "Active diagnostic trouble codes"
   */
  composeDm1(): Uint8Array {
    const codes = [...this.#active.entries()];
    // The amber lamp, the second pair from below.
    const head = [codes.length > 0 ? 0b0000_0100 : 0, 0xff];
    if (codes.length === 0) return Uint8Array.of(...head, 0, 0, 0, 0, 0xff, 0xff);
    const bytes = codes.flatMap(([key, { fmi, spn }]) => [
      spn & 0xff,
      (spn >>> 8) & 0xff,
      ((spn >>> 16) << 5) | fmi,
      this.#occurrences.get(key) ?? 1,
    ]);
    const data = [...head, ...bytes];
    while (data.length < 8) data.push(0xff);
    return Uint8Array.from(data);
  }
}

/** 127 means that nobody counts. */
const MAX_OCCURRENCES = 126;

function keyOf({ fmi, spn }: TroubleCode): string {
  return `${spn}.${fmi}`;
}
