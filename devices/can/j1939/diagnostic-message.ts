/** What DM1 (active) and DM2 (previously active) say of one node. */
export interface DiagnosticMessage {
  readonly lamps: Lamps;
  readonly dtcs: readonly J1939Dtc[];
}

/** A diagnostic trouble code. */
export interface J1939Dtc {
  /** Suspect parameter number, 19 bits. Absent where the conversion method is an old one: three layouts are told by one bit, so nobody can say. */
  readonly spn?: number;
  /** Failure mode identifier, 0 to 31. */
  readonly fmi: number;
  /** How often it became active; absent where the node does not count. */
  readonly occurrenceCount?: number;
  /** Conversion method: 0 as of version 4 of the standard, 1 older. */
  readonly conversionMethod: 0 | 1;
  /** The four bytes as they were sent, the first lowest. */
  readonly bits: number;
}

/** The four lamps; one that the node does not have is absent. */
export interface Lamps {
  readonly malfunctionIndicator?: LampState;
  readonly redStop?: LampState;
  readonly amberWarning?: LampState;
  readonly protect?: LampState;
}

/** What a lamp does. */
export type LampState = 'off' | 'on' | 'slowFlash' | 'fastFlash';

/** DM1, active trouble codes. */
export const DM1_PGN = 65226;
/** DM2, previously active trouble codes. */
export const DM2_PGN = 65227;
