import { decoded } from '#devices/decoded.ts';
import type { Dbc } from './dbc.ts';
import { DbcReader } from './dbc-reader.ts';
import { type DbcPosition, type DbcRejection, excerpt } from './dbc-warning.ts';
import { finishDbc } from './finish-dbc.ts';

/**
 * Parses the text of a DBC file, forgivingly: what cannot be understood is passed over with a warning, since many files in use are broken
 * somewhere, and statements may speak of what comes only later. Only a text that has nothing of a DBC is rejected, with the place where that
 * shows first. Line ends may be LF, CRLF or CR.
 */
export function parseDbc(text: string): { readonly isDecoded: true; readonly value: Dbc } | DbcRejection {
  if (text.length > MAX_DBC_CHARS) return reject('too-long', { line: 1, column: 1 }, text);
  // NUL and Ctrl-Z are what some tools leave at the end of a file.
  const source = text.replaceAll(/\r\n?/g, '\n').replaceAll('\0', ' ').replaceAll('\u001a', ' ');
  const reader = new DbcReader(source);
  reader.readAll();
  if (!reader.hasStatement) {
    const [first = { line: 1, column: 1 }] = reader.warnings;
    return reject('not-a-dbc', first, source);
  }
  const dbc = finishDbc(reader.draft, (reason, at) => reader.warn(reason, at));
  return decoded({ ...dbc, warnings: reader.warnings });
}

function reject(reason: DbcRejection['reason'], { line, column }: DbcPosition, text: string): DbcRejection {
  const found = excerpt(text.split('\n', line)[line - 1]?.slice(column - 1) ?? '');
  return { isDecoded: false, reason, line, column, found };
}

/** Largest text that is looked at, in UTF-16 units. The largest known DBC files have a few million. */
export const MAX_DBC_CHARS = 32 * 1024 * 1024;
