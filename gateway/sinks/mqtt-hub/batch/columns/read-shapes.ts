import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { MAX_BATCH_EVENTS, MAX_UNPACKED_BYTES } from '#gateway/sinks/mqtt-hub/batch/batch.ts';
import { readColumn } from './read-column.ts';
import { COLUMN_SEPARATOR, MAX_COLUMNS, PLACE, SHAPE_SEPARATOR } from './separators.ts';

/** Why text is none of shapes. */
export type ShapeFault = 'too-large' | 'wrong-column';

/**
 * The JSON of each event of shapes, shape by shape; whether it is JSON at all is not looked at. It takes no more memory, and no more
 * steps, than a batch may in which every event is written out.
 *
 * @param shapes behind the first separator
 */
export function readShapes(shapes: string): Decoded<readonly string[], ShapeFault> {
  const events: string[] = [];
  let leftSize = MAX_UNPACKED_BYTES;
  for (const text of shapes.split(SHAPE_SEPARATOR, MAX_BATCH_EVENTS + 1)) {
    const shape = readShape(text);
    if (shape === undefined) return rejected('wrong-column');
    for (let row = 0; row < shape.eventCount; row++) {
      const event = writeOut(shape, row, leftSize);
      if (event === undefined || events.length === MAX_BATCH_EVENTS) return rejected('too-large');
      // What is empty is a step all the same.
      leftSize -= event.length + shape.pieces.length;
      events.push(event);
    }
  }
  return decoded(events);
}

interface Shape {
  readonly eventCount: number;
  /** One more than columns: what stands before, between and behind their values. */
  readonly pieces: readonly string[];
  readonly columns: readonly (readonly string[])[];
}

function readShape(shape: string): Shape | undefined {
  const [text = '', ...written] = shape.split(COLUMN_SEPARATOR, MAX_COLUMNS + 2);
  const pieces = text.split(PLACE, MAX_COLUMNS + 2);
  if (written.length > MAX_COLUMNS || pieces.length !== written.length + 1) return undefined;
  const columns: (readonly string[])[] = [];
  for (const column of written) {
    const spellings = readColumn(column, columns);
    if (spellings === undefined || spellings.length === 0) return undefined;
    if (spellings.length !== (columns[0] ?? spellings).length) return undefined;
    columns.push(spellings);
  }
  return { eventCount: columns[0]?.length ?? 1, pieces, columns };
}

/** @returns undefined where there would be more than `maxSize` of it */
function writeOut({ pieces, columns }: Shape, row: number, maxSize: number): string | undefined {
  let event = '';
  for (const [index, piece] of pieces.entries()) {
    event += piece + (columns[index]?.[row] ?? '');
    if (event.length > maxSize) return undefined;
  }
  return event;
}
