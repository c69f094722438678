import type { CanFrame } from '#devices/can/can-frame.ts';
import { encodeJ1939Id, GLOBAL_ADDRESS, type J1939Id } from './j1939-id.ts';
import {
  encodeTransportControl,
  PACKET_BYTES,
  TRANSPORT_CONTROL_PGN,
  TRANSPORT_PACKET_PGN,
  type TransportControl,
} from './transport-control.ts';

/** Transfers go last on the bus, unless a node says otherwise. */
export const TRANSFER_PRIORITY = 7;

/** A message that takes more than one frame. */
export interface LongMessage extends J1939Id {
  /** 9 to 1,785 bytes. */
  readonly data: Uint8Array;
}

/**
 * The frames in which a message crosses the bus, those of both sides in their order: to all, the announcement (BAM) and the packets; to one
 * address, the request (RTS), what the receiver answers (CTS, end-of-message acknowledgement) and the packets.
 *
 * @param packetsPerCts how many the receiver asks for at a time
 * @see SAE J1939-21, 5.10
 */
export function segmentTransfer(message: LongMessage, packetsPerCts = 16): readonly CanFrame[] {
  const { pgn, source, destination, priority, data } = message;
  const size = { pgn, sizeBytes: data.length, packetCount: Math.ceil(data.length / PACKET_BYTES) };
  const there = { priority, source, destination };
  const packets = segmentPackets(message);
  if (destination === GLOBAL_ADDRESS) return [transportControlFrame({ kind: 'bam', ...size }, there), ...packets];
  const back = { priority, source: destination, destination: source };
  const frames = [transportControlFrame({ kind: 'rts', ...size, maxPacketsPerCts: packetsPerCts }, there)];
  for (let sentCount = 0; sentCount < packets.length; sentCount += packetsPerCts) {
    const cleared = packets.slice(sentCount, sentCount + packetsPerCts);
    const cts = { kind: 'cts', pgn, packetCount: cleared.length, nextPacket: sentCount + 1 } as const;
    frames.push(transportControlFrame(cts, back), ...cleared);
  }
  return [...frames, transportControlFrame({ kind: 'endOfMessage', ...size }, back)];
}

/** The packets alone, each eight bytes: its number, and of the message what is next, filled up with ones. */
export function segmentPackets({ priority, source, destination, data }: LongMessage): readonly CanFrame[] {
  const id = encodeJ1939Id({ priority, pgn: TRANSPORT_PACKET_PGN, source, destination });
  return Array.from({ length: Math.ceil(data.length / PACKET_BYTES) }, (_, index) => {
    const payload = new Uint8Array(1 + PACKET_BYTES).fill(0xff);
    payload[0] = index + 1;
    payload.set(data.subarray(index * PACKET_BYTES, (index + 1) * PACKET_BYTES), 1);
    return { id, isExtended: true, isRemote: false, data: payload };
  });
}

/** One frame of connection management. */
export function transportControlFrame(control: TransportControl, way: Omit<J1939Id, 'pgn'>): CanFrame {
  const id = encodeJ1939Id({ ...way, pgn: TRANSPORT_CONTROL_PGN });
  return { id, isExtended: true, isRemote: false, data: encodeTransportControl(control) };
}
