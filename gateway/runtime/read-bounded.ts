import { open } from 'node:fs/promises';
import { systemWords } from './system-words.ts';

/**
 * Reads a file that should be small. One that is not, or that never ends, costs no more than the bound; a pipe is read like a file.
 *
 * @throws Error whose message completes «Reading PATH: »
 */
export async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path).catch((error: unknown) => {
    throw withoutPath(error);
  });
  try {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for (;;) {
      const target = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, maxBytes + 1 - sizeBytes));
      const { bytesRead } = await file.read(target, 0, target.length, null);
      if (bytesRead === 0) return Buffer.concat(chunks);
      chunks.push(target.subarray(0, bytesRead));
      sizeBytes += bytesRead;
      if (sizeBytes > maxBytes) throw new Error(`longer than ${maxBytes} bytes`);
    }
  } catch (error) {
    throw withoutPath(error);
  } finally {
    await file.close();
  }
}

/** The `code` of the system's errors stays. */
function withoutPath(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error;
  const words = error.code === 'EISDIR' ? 'it is a folder' : systemWords(error);
  return Object.assign(new Error(words, { cause: error }), { code: error.code });
}

const CHUNK_BYTES = 64 * 1024;
