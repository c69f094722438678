import type { J1939Id } from './j1939-id.ts';

/** One message of J1939: a frame, or what was put together of a transfer. */
export interface J1939Message extends J1939Id {
  /** Of a frame those of the frame, which may be overwritten after the call; of a transfer its own, 9 to {@link MAX_TRANSFER_BYTES}. */
  readonly data: Uint8Array;
  /** How it came: in one frame, announced to all, or by agreement between two. */
  readonly transport: 'frame' | 'bam' | 'rtsCts';
}

/** More than a frame holds. */
export const MIN_TRANSFER_BYTES = 9;
/** 255 packets of 7 bytes. */
export const MAX_TRANSFER_BYTES = 1785;
