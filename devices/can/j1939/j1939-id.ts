/** What the 29 bits of an extended identifier say in J1939. */
export interface J1939Id {
  /** 0 (first on the bus) to 7. */
  readonly priority: number;
  /** Parameter group number, 18 bits: extended data page, data page, PDU format, and of PDU2 the group extension. */
  readonly pgn: number;
  /** Address of the sender. */
  readonly source: number;
  /** Address of the receiver; {@link GLOBAL_ADDRESS} in PDU2, which is always for all. */
  readonly destination: number;
}

/** Everybody. */
export const GLOBAL_ADDRESS = 255;
/** Sender that has no address: it could claim none. */
export const NULL_ADDRESS = 254;
/** Largest parameter group number. */
export const MAX_PGN = 0x3_ffff;
/** From this PDU format on the second byte belongs to the number (PDU2), below it is the destination (PDU1). */
const FIRST_PDU2_FORMAT = 240;

/** @param id 29 bits */
export function pgnOf(id: number): number {
  const pgn = (id >>> 8) & MAX_PGN;
  return isPdu1(pgn) ? pgn & ~0xff : pgn;
}

/** @param id 29 bits */
export function priorityOf(id: number): number {
  return (id >>> 26) & 7;
}

/** @param id 29 bits */
export function sourceOf(id: number): number {
  return id & 0xff;
}

/** @param id 29 bits */
export function destinationOf(id: number): number {
  return isPdu1((id >>> 8) & MAX_PGN) ? (id >>> 8) & 0xff : GLOBAL_ADDRESS;
}

/** Whether messages of this number are sent to one address. */
export function isPdu1(pgn: number): boolean {
  return ((pgn >>> 8) & 0xff) < FIRST_PDU2_FORMAT;
}

/**
 * Identifiers with the extended data page belong to other protocols (ISO 15765-3 with both page bits set) or are reserved.
 *
 * @param id 29 bits
 */
export function isJ1939Id(id: number): boolean {
  return (id & EXTENDED_DATA_PAGE) === 0;
}

const EXTENDED_DATA_PAGE = 1 << 25;

/**
 * ```text
 *  28–26     25                  24         23–16        15–8                                     7–0
 *  priority  extended data page  data page  PDU format   destination (format < 240) or extension  source
 * ```
 * @param id 29 bits
 * @see SAE J1939-21, 5.2 "Protocol data unit"
 */
export function decodeJ1939Id(id: number): J1939Id {
  return { priority: priorityOf(id), pgn: pgnOf(id), source: sourceOf(id), destination: destinationOf(id) };
}

/** The inverse of {@link decodeJ1939Id}: 29 bits. The destination of a PDU2 has no place in them. */
export function encodeJ1939Id({ priority, pgn, source, destination }: J1939Id): number {
  const middle = isPdu1(pgn) ? (pgn & ~0xff) | destination : pgn;
  return priority * 2 ** 26 + middle * 2 ** 8 + source;
}
