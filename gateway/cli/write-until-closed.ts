import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Writes text, or bytes, as fast as the reader takes it, and leaves the stream open.
 *
 * @returns false when the reader went away before the end (`| head`): that ends the work without a word
 */
export async function writeUntilClosed(
  text: AsyncIterable<string | Uint8Array>,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  try {
    await pipeline(Readable.from(text), output, { end: false });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return false;
    throw error;
  }
}
