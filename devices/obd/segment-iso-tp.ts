import { ISO_TP, MAX_SHORT_LENGTH_BYTES } from './iso-tp.ts';

/** How {@link segmentIsoTp} fills its frames. */
export interface SegmentOptions {
  /** Data bytes of the longest frame: 8, or with CAN FD 12, 16, 20, 24, 32, 48 or 64. */
  readonly frameBytes?: number;
  /** What short frames are filled with to 8 bytes (and to the next length that CAN FD has); absent leaves classical ones short. */
  readonly padding?: number;
}

/** Data lengths that a CAN FD frame can have. @see ISO 11898-1 */
const FD_LENGTHS = [8, 12, 16, 20, 24, 32, 48, 64];
const CLASSICAL_BYTES = 8;
/** Fills what must be filled when nothing else is asked for. @see ISO 15765-2, clause 10.4.2.1 */
const DEFAULT_PADDING = 0xcc;

/**
 * Cuts a message into the data of its frames, in order. Flow control is the sender's business: see `iso-tp-sender.ts`.
 *
 * @param payload 1 to 2^32 - 1 bytes; of none there is no frame
 */
export function segmentIsoTp(
  payload: Uint8Array,
  { frameBytes = CLASSICAL_BYTES, padding }: SegmentOptions = {},
): readonly Uint8Array[] {
  if (payload.length === 0) return [];
  const single = singleHeader(payload.length, frameBytes);
  if (single !== undefined) return [frame(single, payload, padding)];
  const first = firstHeader(payload.length);
  let offset = frameBytes - first.length;
  const frames = [frame(first, payload.subarray(0, offset), padding)];
  for (let sequence = 1; offset < payload.length; sequence = (sequence + 1) % 16) {
    const piece = payload.subarray(offset, offset + frameBytes - 1);
    frames.push(frame([(ISO_TP.consecutive << 4) | sequence], piece, padding));
    offset += piece.length;
  }
  return frames;
}

/** In a frame of more than 8 bytes the length has a byte of its own. */
function singleHeader(sizeBytes: number, frameBytes: number): readonly number[] | undefined {
  if (sizeBytes < CLASSICAL_BYTES) return [sizeBytes];
  return frameBytes > CLASSICAL_BYTES && sizeBytes <= frameBytes - 2 ? [0, sizeBytes] : undefined;
}

function firstHeader(sizeBytes: number): readonly number[] {
  if (sizeBytes <= MAX_SHORT_LENGTH_BYTES) return [(ISO_TP.first << 4) | (sizeBytes >> 8), sizeBytes & 0xff];
  return [ISO_TP.first << 4, 0, sizeBytes >>> 24, (sizeBytes >> 16) & 0xff, (sizeBytes >> 8) & 0xff, sizeBytes & 0xff];
}

function frame(header: readonly number[], piece: Uint8Array, padding: number | undefined): Uint8Array {
  const sizeBytes = header.length + piece.length;
  const isPadded = padding !== undefined || sizeBytes > CLASSICAL_BYTES;
  const data = new Uint8Array(isPadded ? (FD_LENGTHS.find((length) => length >= sizeBytes) ?? sizeBytes) : sizeBytes);
  data.fill(padding ?? DEFAULT_PADDING);
  data.set(header);
  data.set(piece, header.length);
  return data;
}
