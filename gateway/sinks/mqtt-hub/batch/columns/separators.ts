/**
 * What stands between the parts of a batch by columns: the control characters that ASCII has for it. JSON cannot hold any of them, so
 * nothing is escaped.
 */

/** Before each shape. */
export const SHAPE_SEPARATOR = '\u001d';
/** Before each column. */
export const COLUMN_SEPARATOR = '\u001e';
/** Before each value. */
export const VALUE_SEPARATOR = '\u001f';
/** In the text of a shape: in its place stands the value of the next column. */
export const PLACE = '\u001a';

/** A shape has no more columns: events with more values that change are written out. */
export const MAX_COLUMNS = 1000;
