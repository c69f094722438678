import { encodeDiagnosticMessage, encodeDtc } from '#devices/can/j1939/diagnostic-message.ts';

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

  /** The payload of DM1: the amber lamp while there are codes. */
  composeDm1(): Uint8Array {
    const codes = [...this.#active.entries()].map(([key, code]) => ({
      bits: encodeDtc({ ...code, occurrenceCount: this.#occurrences.get(key) ?? 1 }),
    }));
    return encodeDiagnosticMessage({ amberWarning: codes.length > 0 ? 'on' : 'off' }, codes);
  }
}

/** 127 means that nobody counts. */
const MAX_OCCURRENCES = 126;

function keyOf({ fmi, spn }: TroubleCode): string {
  return `${spn}.${fmi}`;
}
