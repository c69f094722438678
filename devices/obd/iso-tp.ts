/**
 * The transport of diagnostics on CAN: messages of more than a frame holds, cut into frames and put together again.
 *
 * ```text
 * 0L d…        single frame: L bytes                 00 LL d…        the same in a CAN FD frame of more than 8 bytes
 * 1L LL d…     first frame: a message of L bytes     10 00 L L L L d…  of more than 4,095
 * 2S d…        consecutive frame: S counts 1 … 15, 0, 1 …
 * 3F BS ST     flow control: F 0 go on, 1 wait, 2 overflow; BS frames (0: all), ST between them
 * ```
 * This folder turns the frames of diagnostics into what they say, and back. It never opens a port and never asks for anything but to
 * read. Start here, then `decode-obd-message.ts`; `elm327/` speaks with the adapter that is commonest.
 *
 * @see ISO 15765-2, clause 9.6
 */
export const ISO_TP = {
  single: 0x0,
  first: 0x1,
  consecutive: 0x2,
  flowControl: 0x3,
} as const;

/** Longest message that needs no 32-bit length. */
export const MAX_SHORT_LENGTH_BYTES = 4095;
/** Time for the next consecutive frame, and for flow control (N_Cr, N_Bs). @see ISO 15765-2, table 16 */
export const ISO_TP_TIMEOUT_MS = 1000;

/** What a receiver answers to a first frame, and after each block. */
export interface FlowControl {
  readonly status: 'continue' | 'wait' | 'overflow';
  /** Consecutive frames until the next flow control; 0: none is needed. */
  readonly blockSize: number;
  /** Least time between two of them. */
  readonly separationTimeMs: number;
}

const STATUSES = ['continue', 'wait', 'overflow'] as const;
const MAX_SEPARATION_MS = 127;

/** @returns undefined for what is no flow control, or a reserved one */
export function decodeFlowControl(data: Uint8Array): FlowControl | undefined {
  const [type = 0, blockSize, separation] = data;
  const status = STATUSES[type & 0x0f];
  if (type >> 4 !== ISO_TP.flowControl || status === undefined || blockSize === undefined || separation === undefined)
    return undefined;
  return { status, blockSize, separationTimeMs: decodeSeparationTime(separation) };
}

/** The three bytes of a flow control. */
export function encodeFlowControl({ status, blockSize, separationTimeMs }: FlowControl): Uint8Array {
  const type = (ISO_TP.flowControl << 4) | STATUSES.indexOf(status);
  return Uint8Array.of(type, blockSize, encodeSeparationTime(separationTimeMs));
}

/** Reserved values mean the longest time. */
function decodeSeparationTime(raw: number): number {
  if (raw <= MAX_SEPARATION_MS) return raw;
  return raw >= 0xf1 && raw <= 0xf9 ? (raw - 0xf0) / 10 : MAX_SEPARATION_MS;
}

/** Rounds up: more time is never wrong. */
function encodeSeparationTime(timeMs: number): number {
  if (timeMs > 0 && timeMs <= 0.9) return 0xf0 + Math.ceil(timeMs * 10);
  return Math.min(MAX_SEPARATION_MS, Math.max(0, Math.ceil(timeMs)));
}
