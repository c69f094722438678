import type { DbcCursor } from './dbc-cursor.ts';
import type { AttributeDefinition, DbcDraft, Subject } from './dbc-draft.ts';

/** Reads what stands between a keyword and what is said: nothing (the network), `BU_ Node`, `BO_ 100`, `SG_ 100 Signal` or `EV_ Variable`. */
export function readSubject(cursor: DbcCursor): Subject {
  const { kind, text } = cursor.token;
  if (kind !== 'word') return { kind: 'network' };
  if (text === 'BO_' || text === 'SG_') {
    cursor.skip();
    const at = cursor.token.offset;
    const id = cursor.integer();
    if (text === 'BO_') return { kind: 'message', id, at };
    const nameAt = cursor.token.offset;
    return { kind: 'signal', id, name: cursor.name(), at: nameAt };
  }
  // A word of no such kind is a value without quotes.
  if (text !== 'BU_' && text !== 'EV_') return { kind: 'network' };
  cursor.skip();
  const at = cursor.token.offset;
  const name = cursor.name();
  return text === 'BU_' ? { kind: 'node', name, at } : { kind: 'other' };
}

/** `BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN";` */
export function readDefinition(cursor: DbcCursor, draft: DbcDraft): void {
  if (cursor.token.kind === 'word') cursor.skip();
  const name = cursor.text('name');
  const type = cursor.name();
  const values: string[] = [];
  if (type === 'ENUM') {
    while (cursor.problem === undefined && cursor.token.kind === 'quote') {
      values.push(cursor.text('value'));
      cursor.skipSymbol(',');
    }
  } else {
    // The limits of a number say nothing to a reader.
    const isLimit = () => cursor.token.kind === 'number' || cursor.isAt('-') || cursor.isAt('+');
    while (cursor.problem === undefined && isLimit()) cursor.skip();
  }
  if (cursor.problem !== undefined) return;
  const definition: AttributeDefinition =
    type === 'ENUM' ? { type: 'enumeration', values } : { type: type === 'STRING' ? 'text' : 'number' };
  draft.definitions.set(name, definition);
}

/** `BA_DEF_DEF_ "VFrameFormat" "StandardCAN";` */
export function readDefault(cursor: DbcCursor, draft: DbcDraft): void {
  const name = cursor.text('name');
  const value = readValue(cursor);
  if (cursor.problem === undefined) draft.defaults.set(name, value);
}

/** `BA_ "VFrameFormat" BO_ 2364540158 3;` */
export function readAttribute(cursor: DbcCursor, draft: DbcDraft): void {
  const at = cursor.token.offset;
  const name = cursor.text('name');
  const subject = readSubject(cursor);
  const value = readValue(cursor);
  if (cursor.problem === undefined) draft.statements.push({ kind: 'attribute', subject, name, value, at });
}

function readValue(cursor: DbcCursor): string | number {
  if (cursor.token.kind === 'quote') return cursor.text('value');
  // Some tools write texts without quotes.
  return cursor.token.kind === 'word' ? cursor.name() : cursor.number();
}

/** The value in the terms of its definition: an enumeration's text for its index, a number for digits. */
export function interpretAttribute(
  value: string | number,
  definition: AttributeDefinition | undefined,
): string | number {
  if (definition?.type === 'enumeration') {
    const index = typeof value === 'number' ? value : Number.NaN;
    return definition.values[index] ?? value;
  }
  if (definition?.type === 'text') return String(value);
  const number = value === '' ? Number.NaN : Number(value);
  return definition?.type === 'number' && Number.isFinite(number) ? number : value;
}
