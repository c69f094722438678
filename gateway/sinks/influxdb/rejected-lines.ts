import { oneLine } from '#gateway/model/one-line.ts';
import type { Point } from './compose-point.ts';
import type { RejectedPoint } from './influx-writer.ts';

/** The server names so many lines and keeps the others to itself: as many may be a part of them. */
export const MAX_NAMED_LINES = 100;
const MAX_REASON_CHARS = 500;

/**
 * The points that an InfluxDB 3 names in its answer to a write that it took in part:
 * `{"error":"…","data":[{"original_line":"…","line_number":2,"error_message":"…"}]}`, lines counted from 1.
 *
 * A point that is given up for another's fault is lost, and one that is passed over in silence as well. So the list counts only
 * if it is whole and every entry of it is beyond doubt: a place among the points, each one once, with the measurement of that point.
 *
 * @returns undefined for an answer that does not say for certain which points were stored
 * @see InfluxDB 3 Core, «Use the v3 write_lp API», «Partial writes»
 */
export function parseRejectedLines(answer: string, points: readonly Point[]): readonly RejectedPoint[] | undefined {
  const { data } = parseObject(answer);
  if (!Array.isArray(data) || data.length === 0 || data.length >= MAX_NAMED_LINES) return undefined;
  // A text that goes over several lines would leave open how they are counted.
  if (points.some(hasLineEnd)) return undefined;
  const reasons = new Map<number, string>();
  for (const entry of data) {
    const { line_number: line, original_line: original, error_message: reason } = membersOf(entry);
    if (typeof line !== 'number' || typeof original !== 'string' || typeof reason !== 'string') return undefined;
    const point = Number.isInteger(line) ? points[line - 1] : undefined;
    if (point === undefined || reasons.has(line - 1) || !isOfPoint(original, point)) return undefined;
    reasons.set(line - 1, oneLine(reason).slice(0, MAX_REASON_CHARS));
  }
  return [...reasons].sort(([a], [b]) => a - b).map(([index, reason]) => ({ index, reason }));
}

/** The server writes the line anew, and cuts it: only its beginning can be compared. */
function isOfPoint(original: string, { measurement }: Point): boolean {
  const start = measurement.split('\\', 1)[0] ?? '';
  return original.trimStart().startsWith(start);
}

function hasLineEnd({ fields }: Point): boolean {
  for (const text of fields.values()) if (text.includes('\n')) return true;
  return false;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
