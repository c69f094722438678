import { composeColumn } from './compose-column.ts';
import { type CutText, cutText } from './cut-text.ts';
import { COLUMN_SEPARATOR, MAX_COLUMNS, PLACE, SHAPE_SEPARATOR, VALUE_SEPARATOR } from './separators.ts';

/** The JSON of one event, and what its values are likely to resemble those of others by. */
export interface EventText {
  readonly topic: string;
  readonly json: string;
}

/** Events whose texts differ in values alone. */
interface Group {
  readonly pieces: readonly string[];
  /** For each event its values, one behind each piece but the last. */
  readonly rows: readonly (readonly string[])[];
}

/**
 * Events by columns: what is alike in the JSON of many is said once, and each value stands beside those that it resembles.
 * Reading it gives the JSON of each event back to the byte.
 *
 * @param events no two of them the same: each has a sequence of its own
 * @returns the shapes, a separator before each
 * @see `docs/batch-format.md`
 */
export function composeShapes(events: readonly EventText[]): string {
  return groupsOf(events).map(composeShape).join('');
}

/** So many events of a topic resemble each other more than they cost as a shape of their own. */
const MIN_TOPIC_EVENTS = 8;

function groupsOf(events: readonly EventText[]): readonly Group[] {
  const counts = new Map<string, number>();
  const cuts = events.map(({ topic, json }, index) => {
    const cut = cutText(json);
    // By itself an event needs no columns.
    const structure = cut.values.length > MAX_COLUMNS ? String(index) : cut.pieces.join(PLACE);
    const ofTopic = structure + COLUMN_SEPARATOR + topic;
    counts.set(ofTopic, (counts.get(ofTopic) ?? 0) + 1);
    return { cut, structure, ofTopic };
  });
  const groups = new Map<string, CutText[]>();
  for (const { cut, structure, ofTopic } of cuts) {
    const key = (counts.get(ofTopic) ?? 0) < MIN_TOPIC_EVENTS ? structure : ofTopic;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cut]);
    else group.push(cut);
  }
  return [...groups.values()].map((group) => ({
    pieces: group[0]?.pieces ?? [],
    rows: group.map(({ values }) => values),
  }));
}

function composeShape({ pieces, rows }: Group): string {
  let text = '';
  const columns: string[] = [];
  const places = new Map<string, number>();
  for (const [index, piece] of pieces.entries()) {
    text += piece;
    // The last piece has no value behind it.
    const spellings = index < pieces.length - 1 ? rows.map((row) => row[index] ?? '') : [''];
    if (spellings.every((spelling) => spelling === spellings[0])) {
      text += spellings[0];
      continue;
    }
    // The time that an event states stands in it twice.
    const key = spellings.join(VALUE_SEPARATOR);
    const place = places.get(key);
    if (place === undefined) places.set(key, columns.length);
    columns.push(place === undefined ? composeColumn(spellings) : `=${place}`);
    text += PLACE;
  }
  return [SHAPE_SEPARATOR + text, ...columns].join(COLUMN_SEPARATOR);
}
