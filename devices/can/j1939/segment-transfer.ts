import type { CanFrame } from '#devices/can/can-frame.ts';
import type { J1939Id } from './j1939-id.ts';

/**
 * The frames in which a message of 9 to 1,785 bytes crosses the bus, of both sides, in their order: to all, the announcement (BAM) and the
 * packets; to one address, the request (RTS), what the receiver answers (CTS, end-of-message acknowledgement) and the packets.
 *
 * @param packetsPerCts how many the receiver clears at a time
 * @see SAE J1939-21, 5.10
 */
export function segmentTransfer(_message: J1939Message, _packetsPerCts = 16): readonly CanFrame[] {
  return [];
}

/** What is sent. */
interface J1939Message extends J1939Id {
  readonly data: Uint8Array;
}
