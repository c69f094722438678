/**
 * One classical CAN frame, whatever adapter or log it came from.
 *
 * This folder turns the bytes of CAN adapters (`slcan.ts`) and logs (`candump.ts`) into frames and back, and frames into signals by a
 * DBC file and back (`dbc/`). It never opens a port, reads a file or looks at a clock. Start with this type, then `slcan.ts`.
 */
export interface CanFrame {
  /** 11 bits, or 29 when extended. */
  readonly id: number;
  readonly isExtended: boolean;
  /** A remote frame asks for data and carries none; the length it asks for is not kept. */
  readonly isRemote: boolean;
  /** 0 to 8 bytes; empty in a remote frame. */
  readonly data: Uint8Array;
  /** By the clock of whoever recorded the frame: an SLCAN adapter's wraps at 60,000, a log's counts from the Unix epoch. */
  readonly timestampMs?: number;
}

/** Data bytes of a classical CAN frame. */
export const MAX_CAN_DATA_BYTES = 8;
/** Largest identifier of a base frame. */
export const MAX_STANDARD_ID = 0x7ff;
/** Largest identifier of an extended frame. */
export const MAX_EXTENDED_ID = 0x1fff_ffff;

/** Whether the identifier fits its frame format. */
export function isCanId(id: number, isExtended: boolean): boolean {
  return id >= 0 && id <= (isExtended ? MAX_EXTENDED_ID : MAX_STANDARD_ID);
}
