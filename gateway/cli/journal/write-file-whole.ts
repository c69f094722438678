import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { syncFolder } from '#gateway/runtime/sync-folder.ts';
import { systemWords } from '#gateway/runtime/system-words.ts';

/**
 * Writes text to a file that is whole or not there. What is no regular file, such as a device or a pipe, is written as it is: a
 * name given to something else would take its place.
 *
 * @throws WaystationError `file.unwritable`
 */
export async function writeFileWhole(path: string, text: AsyncIterable<string>): Promise<void> {
  // What cannot be looked at is not there yet, or cannot be written either, which says why.
  const known = await stat(path).catch(() => undefined);
  if (known === undefined) return replaceFile(path, text);
  return known.isFile() ? replaceFile(await realpath(path), text) : writeThrough(path, text);
}

async function writeThrough(path: string, text: AsyncIterable<string>): Promise<void> {
  try {
    const file = await open(path, 'w');
    const output = file.createWriteStream();
    if (await writeUntilClosed(text, output)) await finished(output.end());
  } catch (cause) {
    if (cause instanceof WaystationError) throw cause;
    unwritable(path, cause);
  }
}

/**
 * Writes beside the file, syncs, and gives it its name at the end: what bears the name is whole. After an error or Ctrl-C
 * nothing is left; after a power cut a file `.part` is. Its name is drawn, so that two at once do not write into one: both end up
 * whole, and the last one to end has the name.
 */
async function replaceFile(path: string, text: AsyncIterable<string>): Promise<void> {
  const part = `${path}.${randomBytes(NAME_BYTES).toString('hex')}.part`;
  const file = await open(part, 'wx').catch((cause: unknown) => unwritable(part, cause));
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const output = createWriteStream(part, { fd: file, flush: true });
    const isWhole = await writeUntilClosed(untilAborted(text, stopped.signal), output);
    await new Promise<void>((resolve, reject) =>
      output.end((error?: Error | null) => (error ? reject(error) : resolve())),
    );
    if (!isWhole) return;
    await rename(part, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await unlink(part).catch(() => undefined);
    if (cause instanceof WaystationError) throw cause;
    unwritable(path, cause);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

const NAME_BYTES = 4;

async function* untilAborted(text: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  for await (const each of text) {
    if (signal.aborted) throw new WaystationError('command.stopped', 'Stopped before the end: nothing was written.');
    yield each;
  }
}

function unwritable(path: string, cause: unknown): never {
  throw new WaystationError('file.unwritable', `Writing ${path}: ${systemWords(cause)}`, { cause });
}
