import { FieldReader } from '#devices/gps/field-reader.ts';
import { parseNmeaSentence } from '#devices/gps/nmea-sentence.ts';
import type { Piece } from './piece.ts';

/**
 * Cuts a raw serial capture after each line feed, and long stretches without one at {@link MAX_PIECE_BYTES}. Together the pieces are the
 * capture, byte for byte, whatever it holds; sentences that state a time say when they were sent.
 */
export function* cutGnssCapture(capture: Uint8Array): Generator<Piece> {
  let dayMs = 0;
  let lastMs: number | undefined;
  for (let start = 0; start < capture.length; ) {
    const lineEnd = capture.indexOf(LF, start) + 1 || capture.length;
    const bytes = capture.subarray(start, Math.min(lineEnd, start + MAX_PIECE_BYTES));
    start += bytes.length;
    const text = Buffer.from(bytes).toString('latin1').trimEnd();
    const timeOfDayMs = statedTime(text);
    if (timeOfDayMs === undefined) {
      yield { bytes: () => bytes, text };
      continue;
    }
    if (lastMs !== undefined && timeOfDayMs < lastMs - DAY_MS / 2) dayMs += DAY_MS;
    lastMs = timeOfDayMs;
    yield { bytes: () => bytes, text, timeMs: dayMs + timeOfDayMs };
  }
}

const LF = 0x0a;
export const MAX_PIECE_BYTES = 512;
const DAY_MS = 24 * 60 * 60 * 1000;

/** In which field each type of sentence states its time. */
const TIME_FIELDS: Readonly<Record<string, number>> = { RMC: 0, GGA: 0, GNS: 0, ZDA: 0, GLL: 4 };

function statedTime(text: string): number | undefined {
  const sentence = parseNmeaSentence(text);
  if (!sentence.isDecoded) return undefined;
  const field = TIME_FIELDS[sentence.value.type];
  return field === undefined ? undefined : new FieldReader(sentence.value.fields).timeOfDayMs(field);
}
