import { SentenceDecoder } from '#devices/nmea0183/sentence-decoder.ts';
import type { Piece } from './piece.ts';

/**
 * Cuts a raw serial capture after each line feed, and long stretches without one at {@link MAX_PIECE_BYTES}. Together the pieces are the
 * capture, byte for byte, whatever it holds; sentences that state a time say when they were sent.
 */
export function* cutGnssCapture(capture: Uint8Array): Generator<Piece> {
  let timeMs: number | undefined;
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
    timeMs = timeMs === undefined ? timeOfDayMs : timeMs + shortestStep(timeMs % DAY_MS, timeOfDayMs);
    yield { bytes: () => bytes, text, timeMs };
  }
}

const LF = 0x0a;
/** Small against the buffer of a port. */
export const MAX_PIECE_BYTES = 512;
const DAY_MS = 24 * 60 * 60 * 1000;

/** From one time of day to another, over midnight if that is nearer. */
function shortestStep(fromMs: number, toMs: number): number {
  const stepMs = toMs - fromMs;
  if (stepMs < -DAY_MS / 2) return stepMs + DAY_MS;
  return stepMs > DAY_MS / 2 ? stepMs - DAY_MS : stepMs;
}

/** The time that a line states. */
function statedTime(text: string): number | undefined {
  let timeOfDayMs: number | undefined;
  const decoder = new SentenceDecoder((sentence) => {
    if ('timeOfDayMs' in sentence) timeOfDayMs = sentence.timeOfDayMs;
  });
  decoder.decode(Buffer.from(text, 'latin1'), 0, text.length);
  return timeOfDayMs;
}
