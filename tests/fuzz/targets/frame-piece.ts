import { type CanFrame, isCanId, MAX_CAN_DATA_BYTES, MAX_CAN_FD_DATA_BYTES } from '#devices/can/can-frame.ts';
import { expectThat } from '#tests/fuzz/fuzz-target.ts';

/** Flags of a piece that is a frame. */
const EXTENDED = 0x8000_0000;
const REMOTE = 0x4000_0000;
const ID_BITS = 0x1fff_ffff;
const HEAD_BYTES = 6;

/** A frame and when it came, as one piece of input: identifier and flags, milliseconds up to 65,535, data. */
export function framePiece({ data, id, isExtended, isRemote }: CanFrame, atMs: number): Uint8Array {
  const piece = new Uint8Array(HEAD_BYTES + data.length);
  const view = new DataView(piece.buffer);
  view.setUint32(0, ((isExtended ? EXTENDED : 0) | (isRemote ? REMOTE : 0) | id) >>> 0);
  view.setUint16(4, atMs);
  piece.set(data, HEAD_BYTES);
  return piece;
}

/** When the frame of a piece came. */
export function atMsOf(piece: Uint8Array): number {
  return ((piece[4] ?? 0) << 8) | (piece[5] ?? 0);
}

/** The inverse, of whatever bytes; a piece that is too short is a frame of zeros. */
export function frameOf(piece: Uint8Array): { readonly frame: CanFrame; readonly atMs: number } {
  const head = new Uint8Array(HEAD_BYTES);
  head.set(piece.subarray(0, HEAD_BYTES));
  const view = new DataView(head.buffer);
  const bits = view.getUint32(0);
  const isExtended = (bits & EXTENDED) !== 0;
  const isRemote = (bits & REMOTE) !== 0;
  const data = isRemote ? new Uint8Array() : piece.slice(HEAD_BYTES, HEAD_BYTES + 64);
  const id = isExtended ? bits & ID_BITS : bits & 0x7ff;
  return { frame: { id, isExtended, isRemote, data, ...(data.length > 8 ? { isFd: true } : {}) }, atMs: atMsOf(piece) };
}

/** @throws Error where a frame is none that a bus could carry */
export function expectPossible({ data, id, isExtended, isFd, isRemote, timestampMs }: CanFrame): void {
  expectThat(isCanId(id, isExtended) && Number.isInteger(id), () => `identifier ${id}, extended: ${isExtended}`);
  expectThat(data.length <= (isFd === true ? MAX_CAN_FD_DATA_BYTES : MAX_CAN_DATA_BYTES), () => `${data.length} bytes`);
  expectThat(!isRemote || data.length === 0, () => 'a remote frame with data');
  expectThat(
    timestampMs === undefined || (Number.isFinite(timestampMs) && timestampMs >= 0),
    () => `time ${timestampMs}`,
  );
}

/** All that a frame says, in a line. */
export function describeFrame({
  data,
  id,
  isBitrateSwitched,
  isExtended,
  isFd,
  isRemote,
  timestampMs,
}: CanFrame): string {
  const flags = [isExtended && 'x', isRemote && 'r', isFd && 'f', isBitrateSwitched && 'b'].filter(Boolean).join('');
  return `${id.toString(16)} ${flags}#${Buffer.from(data).toString('hex')}@${timestampMs}`;
}
