import type { CanFrame } from '#devices/can/can-frame.ts';
import { parseCandumpLine } from '#devices/can/log/candump.ts';
import type { Piece, Recording } from './piece.ts';

/**
 * The frames of a `candump -l` log; lines that hold none that SLCAN can carry are skipped.
 *
 * @param encode writes a frame as the adapter was told to
 */
export function readCandumpLog(text: string, encode: (frame: CanFrame) => Uint8Array): Recording {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const pieces: Piece[] = [];
  for (const line of lines) {
    const record = parseCandumpLine(line);
    if (!record.isDecoded) continue;
    const { frame, timeMs } = record.value;
    pieces.push({ bytes: () => encode(frame), text: line, timeMs });
  }
  return { pieces, skippedCount: lines.length - pieces.length };
}
