import { decoded } from '#devices/decoded.ts';
import type { Dbc, DbcPosition, DbcRejection } from './dbc.ts';
import { DbcReader, excerpt } from './dbc-reader.ts';

/**
 * Parses the text of a DBC file, forgivingly: a statement that cannot be understood is passed over with a warning, since many files in use
 * are broken somewhere. Only a text that has nothing of a DBC is rejected, with the place where that shows first.
 */
export function parseDbc(text: string): { readonly isDecoded: true; readonly value: Dbc } | DbcRejection {
  if (text.length > MAX_DBC_CHARS) return reject('too-long', { line: 1, column: 1 }, text);
  const reader = new DbcReader(text);
  reader.readAll();
  if (reader.hasStatement) return decoded(reader.result());
  const [first = { line: 1, column: 1 }] = reader.warnings;
  return reject('not-a-dbc', first, text);
}

function reject(reason: DbcRejection['reason'], { line, column }: DbcPosition, text: string): DbcRejection {
  const found = excerpt(text.split('\n', line)[line - 1]?.slice(column - 1) ?? '');
  return { isDecoded: false, reason, line, column, found };
}

/** Largest text that is looked at, in UTF-16 units. The largest known DBC files have a few million. */
export const MAX_DBC_CHARS = 32 * 1024 * 1024;
