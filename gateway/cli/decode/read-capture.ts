import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Progress } from '#gateway/cli/progress.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { systemWords } from '#gateway/runtime/system-words.ts';

/**
 * The bytes of a recording, `-` for standard input, in bounded memory; on a terminal a long file says how far it is.
 *
 * @throws WaystationError `file.unreadable`
 */
export async function* readCapture(path: string): AsyncGenerator<Uint8Array> {
  try {
    if (path === '-') return yield* process.stdin;
    const { size } = await stat(path);
    const progress = new Progress(process.stderr, systemClock, 'bytes', size);
    try {
      for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
        yield chunk;
        progress.add(chunk.length);
      }
    } finally {
      progress.end();
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    const reason = 'code' in cause && cause.code === 'EISDIR' ? 'it is a folder' : systemWords(cause);
    throw new WaystationError('file.unreadable', `Reading the capture ${path}: ${reason}`, { cause });
  }
}

const CHUNK_BYTES = 256 * 1024;
