import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { MAX_BATCH_EVENTS, MAX_UNPACKED_BYTES } from '#gateway/sinks/mqtt-hub/batch/batch.ts';
import { readColumn } from './read-column.ts';
import { COLUMN_SEPARATOR, MAX_COLUMNS, PLACE, SHAPE_SEPARATOR } from './separators.ts';

/** Why text is none of shapes. */
export type ShapeFault = 'too-large' | 'wrong-column';

/**
 * The JSON of each event of shapes, shape by shape; whether it is JSON at all is not looked at. It takes no more memory, and no more
 * steps, than a batch may in which every event is written out: what that would be is reckoned before any of it is.
 *
 * @param shapes behind the first separator
 */
export function readShapes(shapes: string): Decoded<readonly string[], ShapeFault> {
  const events: string[] = [];
  let leftBytes = MAX_UNPACKED_BYTES;
  for (const text of shapes.split(SHAPE_SEPARATOR, MAX_BATCH_EVENTS + 1)) {
    const shape = readShape(text, leftBytes);
    if (!shape.isDecoded) return shape;
    const { eventCount, sizeBytes } = shape.value;
    if (events.length + eventCount > MAX_BATCH_EVENTS) return rejected('too-large');
    leftBytes -= sizeBytes;
    for (let row = 0; row < eventCount; row++) events.push(writeOut(shape.value, row));
  }
  return decoded(events);
}

interface Shape {
  readonly eventCount: number;
  /** One more than columns: what stands before, between and behind their values. */
  readonly pieces: readonly string[];
  readonly columns: readonly (readonly string[])[];
  /** Of all its events, written out. */
  readonly sizeBytes: number;
}

function readShape(shape: string, maxBytes: number): Decoded<Shape, ShapeFault> {
  const [text = '', ...written] = shape.split(COLUMN_SEPARATOR, MAX_COLUMNS + 2);
  const pieces = text.split(PLACE, MAX_COLUMNS + 2);
  if (written.length > MAX_COLUMNS || pieces.length !== written.length + 1) return rejected('wrong-column');
  const columns: (readonly string[])[] = [];
  let sizeBytes = 0;
  for (const column of written) {
    const spellings = readColumn(column, columns);
    if (spellings === undefined || spellings.length === 0) return rejected('wrong-column');
    if (spellings.length !== (columns[0] ?? spellings).length) return rejected('wrong-column');
    sizeBytes += sizeOf(spellings);
    if (sizeBytes > maxBytes) return rejected('too-large');
    columns.push(spellings);
  }
  const eventCount = columns[0]?.length ?? 1;
  sizeBytes += eventCount * Buffer.byteLength(text);
  return sizeBytes > maxBytes ? rejected('too-large') : decoded({ eventCount, pieces, columns, sizeBytes });
}

/** What is empty is a step all the same: its place in the text of the shape counts for it. */
function sizeOf(spellings: readonly string[]): number {
  let sizeBytes = 0;
  for (const spelling of spellings) sizeBytes += Buffer.byteLength(spelling);
  return sizeBytes;
}

/** Joined at once: adding piece by piece leaves a chain of all of them in memory. */
function writeOut({ pieces, columns }: Shape, row: number): string {
  const parts: string[] = [];
  for (const [index, piece] of pieces.entries()) parts.push(piece, columns[index]?.[row] ?? '');
  return parts.join('');
}
