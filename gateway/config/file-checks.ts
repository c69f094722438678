import { isAbsolute, relative, resolve } from 'node:path';
import type { ConfigIssue } from './config-problem.ts';
import { DEFAULT_DATA_DIR } from './config-schema.ts';
import { listAt, valueAt } from './document-value.ts';
import { formatSize, parseSize } from './fields.ts';

const DEFAULT_FILE_BYTES = 64 * 2 ** 20;
const DEFAULT_TOTAL_BYTES = 8 * 2 ** 30;

/** Files in the folder of the gateway, two sinks in one folder, and room for less than two files. */
export function* fileIssues(document: unknown, folder: string): Generator<ConfigIssue> {
  const written = valueAt(document, 'dataDir');
  const dataDir = resolve(folder, typeof written === 'string' ? written : DEFAULT_DATA_DIR);
  const seen = new Set<string>();
  for (const [index, sink] of listAt(document, 'sinks').entries()) {
    const directory = valueAt(sink, 'directory');
    if (valueAt(sink, 'type') !== 'file' || typeof directory !== 'string') continue;
    const path = ['sinks', index, 'directory'];
    const place = resolve(folder, directory);
    if (isInside(place, dataDir))
      yield { path, message: `is within dataDir (${dataDir}); choose a folder on the drive` };
    if (seen.has(place)) yield { path, message: 'is the folder of another sink; give each one of its own' };
    seen.add(place);
    yield* tooFewFiles(sink, ['sinks', index, 'maxTotalBytes']);
  }
}

/** The file that is written and one that may go. */
function* tooFewFiles(sink: unknown, path: ConfigIssue['path']): Generator<ConfigIssue> {
  const fileBytes = parseSize(valueAt(sink, 'maxFileBytes') ?? DEFAULT_FILE_BYTES);
  const totalBytes = parseSize(valueAt(sink, 'maxTotalBytes') ?? DEFAULT_TOTAL_BYTES);
  if (fileBytes === undefined || totalBytes === undefined || totalBytes >= 2 * fileBytes) return;
  yield { path, message: `is less than two files of maxFileBytes; write at least ${formatSize(2 * fileBytes)}` };
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
