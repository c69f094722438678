import { access, constants } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ConfigIssue, ConfigPath } from '#gateway/config/config-problem.ts';

/** Keys that name one file. The token of a hub may come later. */
const FILE_KEYS: ReadonlySet<string> = new Set([
  ...['passwordFile', 'secretFile', 'certFile', 'keyFile', 'ca', 'cert', 'key', 'clientCa'],
]);
/** Keys that name several. */
const FILE_LIST_KEYS: ReadonlySet<string> = new Set(['dbc']);

/**
 * Files that a document names and that are not to be read, whatever else is wrong with it: so that one round of correcting it is
 * enough. Of a good one the checks of each kind of file say more.
 *
 * @param folder where relative paths start
 */
export async function findMissingFiles(document: unknown, folder: string): Promise<readonly ConfigIssue[]> {
  const issues = await Promise.all([...namedFiles(document, [])].map((named) => issueOf(named, folder)));
  return issues.filter((issue) => issue !== undefined);
}

interface NamedFile {
  readonly path: ConfigPath;
  readonly file: string;
}

/** The depth of a document is bounded by its reader. */
function* namedFiles(value: unknown, path: ConfigPath): Generator<NamedFile> {
  if (typeof value !== 'object' || value === null) return;
  const isList = Array.isArray(value);
  for (const [key, member] of Object.entries(value)) {
    const place = [...path, isList ? Number(key) : key];
    const isNamed = FILE_KEYS.has(key) || (isList && FILE_LIST_KEYS.has(String(path.at(-1))));
    if (isNamed && typeof member === 'string') yield { path: place, file: member };
    else yield* namedFiles(member, place);
  }
}

async function issueOf({ path, file }: NamedFile, folder: string): Promise<ConfigIssue | undefined> {
  const place = resolve(folder, file.replaceAll('\0', ''));
  try {
    await access(place, constants.R_OK);
    return undefined;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { path, message: `${place} ${isMissing ? 'does not exist' : 'cannot be read'}` };
  }
}
