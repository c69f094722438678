import { crc24q, RTCM_HEADER_BYTES, RTCM_PREAMBLE } from '#devices/ubx/rtcm-frame.ts';

/**
 * A frame of RTCM 3, which receivers in a network of corrections send between their own messages: other software has to step over it.
 *
 * ```text
 *  0    1..2                  3            3+n
 *  D3   6 zero bits, length   payload      CRC-24Q over all before, big endian
 * ```
 * @see RTCM 10403.3, section 4
 */
export function composeRtcmFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(RTCM_HEADER_BYTES + payload.length + 3);
  frame.set([RTCM_PREAMBLE, payload.length >> 8, payload.length & 0xff]);
  frame.set(payload, RTCM_HEADER_BYTES);
  const crc = crc24q(frame, 0, frame.length - 3);
  frame.set([crc >> 16, (crc >> 8) & 0xff, crc & 0xff], frame.length - 3);
  return frame;
}

/** Message 1005, the place of a reference station: all zero but for its number. */
export function composeStationMessage(): Uint8Array {
  const message = new Uint8Array(19);
  message.set([1005 >> 4, (1005 & 0xf) << 4]);
  return message;
}
