/**
 * One CAN frame, classical or FD, whatever adapter or log it came from.
 *
 * This folder turns the bytes of CAN adapters (`slcan/`) and logs (`log/`) into frames and back, and frames into signals by a
 * DBC file and back (`dbc/`). It never opens a port, reads a file or looks at a clock. Start with this type, then `slcan/slcan-parser.ts`.
 */
export interface CanFrame {
  /** 11 bits, or 29 when extended. */
  readonly id: number;
  readonly isExtended: boolean;
  /** A remote frame asks for data and carries none; the length it asks for is not kept. CAN FD has none. */
  readonly isRemote: boolean;
  /** 0 to 8 bytes, in CAN FD one of {@link CAN_FD_LENGTHS}, up to 64 in logs that were not recorded; empty in a remote frame. */
  readonly data: Uint8Array;
  /**
   * By the clock of whoever recorded the frame: an SLCAN adapter's starts again each minute or hour, a log's counts from the Unix epoch or
   * from the start of the measurement.
   */
  readonly timestampMs?: number;
  /** A frame of CAN FD; absent means classical. */
  readonly isFd?: boolean;
  /** Only in CAN FD: its data was sent at the faster rate. */
  readonly isBitrateSwitched?: boolean;
}

/** Data bytes of a classical CAN frame. */
export const MAX_CAN_DATA_BYTES = 8;
/**
 * Data bytes by the data length code of CAN FD.
 *
 * @see ISO 11898-1:2015, table 5
 */
export const CAN_FD_LENGTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64] as const;
/** Data bytes of a frame of CAN FD. */
export const MAX_CAN_FD_DATA_BYTES = 64;
/** Largest identifier of a base frame. */
export const MAX_STANDARD_ID = 0x7ff;
/** Largest identifier of an extended frame. */
export const MAX_EXTENDED_ID = 0x1fff_ffff;

/** Whether the identifier fits its frame format. */
export function isCanId(id: number, isExtended: boolean): boolean {
  return id >= 0 && id <= (isExtended ? MAX_EXTENDED_ID : MAX_STANDARD_ID);
}

/** Whether a frame of CAN FD can have so many data bytes. */
export function isCanFdLength(sizeBytes: number): boolean {
  return CAN_FD_LENGTHS.some((length) => length === sizeBytes);
}
