import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { isPdu1, MAX_PGN } from './j1939-id.ts';

/** Connection management of the transport protocol (TP.CM). */
export const TRANSPORT_CONTROL_PGN = 60416;
/** Its packets (TP.DT). */
export const TRANSPORT_PACKET_PGN = 60160;
/** Connection management and packets of the extended transport protocol, for more than 1,785 bytes. */
export const EXTENDED_CONTROL_PGN = 51200;
export const EXTENDED_PACKET_PGN = 50944;
/** Whether frames of this number carry transfers, and no message of their own. */
export function isTransportPgn(pgn: number): boolean {
  return (
    pgn === TRANSPORT_CONTROL_PGN ||
    pgn === TRANSPORT_PACKET_PGN ||
    pgn === EXTENDED_CONTROL_PGN ||
    pgn === EXTENDED_PACKET_PGN
  );
}

/** First byte of an extended request to send. */
export const EXTENDED_RTS = 20;
/** Bytes of a transfer in one packet; the first of its frame is the number of the packet, from 1. */
export const PACKET_BYTES = 7;

/** What two nodes, or one to all, say about a transfer. Its `pgn` is that of the message inside. */
export type TransportControl =
  | TransferRequest
  /** From the receiver: send that many packets from that one on; 0 packets ask to wait. */
  | { readonly kind: 'cts'; readonly pgn: number; readonly packetCount: number; readonly nextPacket: number }
  /** From the receiver: it has all. */
  | { readonly kind: 'endOfMessage'; readonly pgn: number; readonly sizeBytes: number; readonly packetCount: number }
  /** From either side: it is over. */
  | { readonly kind: 'abort'; readonly pgn: number; readonly reason: number };

/** The start of a transfer: to one address, who has to agree, or to all. */
export interface TransferRequest {
  readonly kind: 'rts' | 'bam';
  readonly pgn: number;
  readonly sizeBytes: number;
  readonly packetCount: number;
  /** Of `rts`: packets that may be asked for at a time; absent where that is left to the receiver. */
  readonly maxPacketsPerCts?: number;
}

/** Why a control frame is none. */
export type ControlRejection = 'short-control' | 'unknown-control' | 'bad-transfer-pgn';

const CONTROL_BYTES = 8;
const RTS = 16;
const CTS = 17;
const END_OF_MESSAGE = 19;
const BAM = 32;
const ABORT = 255;
/** A byte that says nothing. */
const UNUSED = 0xff;

/**
 * ```text
 *  0          1–2   3        4                   5–7
 *  16 RTS     size  packets  at most per CTS     PGN     all little endian
 *  17 CTS     1: packets, 2: next packet         PGN
 *  19 end     size  packets                      PGN
 *  32 BAM     size  packets                      PGN
 *  255 abort  1: reason                          PGN
 * ```
 * @see SAE J1939-21, 5.10.3
 */
export function decodeTransportControl(data: Uint8Array): Decoded<TransportControl, ControlRejection> {
  if (data.length < CONTROL_BYTES) return rejected('short-control');
  const [control, first = 0, second = 0, third = 0, fourth = 0, low = 0, middle = 0, high = 0] = data;
  const stated = low | (middle << 8) | (high << 16);
  if (stated > MAX_PGN) return rejected('bad-transfer-pgn');
  // Some put the destination where PDU1 has none to tell.
  const pgn = isPdu1(stated) ? stated & ~0xff : stated;
  const size = { pgn, sizeBytes: first | (second << 8), packetCount: third };
  switch (control) {
    case RTS:
      return decoded({ kind: 'rts', ...size, ...(fourth === UNUSED ? {} : { maxPacketsPerCts: fourth }) });
    case CTS:
      return decoded({ kind: 'cts', pgn, packetCount: first, nextPacket: second });
    case END_OF_MESSAGE:
      return decoded({ kind: 'endOfMessage', ...size });
    case BAM:
      return decoded({ kind: 'bam', ...size });
    case ABORT:
      return decoded({ kind: 'abort', pgn, reason: first });
    default:
      return rejected('unknown-control');
  }
}

/** The inverse of {@link decodeTransportControl}. */
export function encodeTransportControl(control: TransportControl): Uint8Array {
  const { pgn } = control;
  return Uint8Array.of(...controlBytes(control), pgn & 0xff, (pgn >> 8) & 0xff, pgn >> 16);
}

function controlBytes(control: TransportControl): readonly [number, number, number, number, number] {
  switch (control.kind) {
    case 'rts':
      return [RTS, ...sizeBytes(control), control.maxPacketsPerCts ?? UNUSED];
    case 'cts':
      return [CTS, control.packetCount, control.nextPacket, UNUSED, UNUSED];
    case 'endOfMessage':
      return [END_OF_MESSAGE, ...sizeBytes(control), UNUSED];
    case 'bam':
      return [BAM, ...sizeBytes(control), UNUSED];
    case 'abort':
      return [ABORT, control.reason, UNUSED, UNUSED, UNUSED];
  }
}

function sizeBytes(size: { readonly sizeBytes: number; readonly packetCount: number }): [number, number, number] {
  return [size.sizeBytes & 0xff, size.sizeBytes >> 8, size.packetCount];
}
