import { readCapture } from '#gateway/cli/decode/read-capture.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { type BatchFault, unpackBatch } from '#gateway/sinks/mqtt-hub/batch/unpack-batch.ts';
import { formatBatch, formatBatchJson } from './format-batch.ts';
import { FrameFault, ZstdFrames } from './zstd-frames.ts';

/**
 * Prints the events of every batch in a file as soon as it has come whole. Memory does not depend on the size of the input. One batch that
 * cannot be read does not keep those behind it: many gateways send to one hub.
 *
 * @throws WaystationError `file.unreadable`; `batch.unreadable` at the end, or at once where it is not known where the next batch begins
 */
export async function unpack(path: string, options: { readonly json?: true }): Promise<void> {
  const warn = (words: string) => process.stderr.write(`${words}\n`);
  await writeUntilClosed(unpacked(path, readCapture(path), { ...options, warn }), process.stdout);
}

/** How events are printed, and who is told at once of a batch that is passed over. */
export interface UnpackOptions {
  readonly json?: true;
  readonly warn: (words: string) => void;
}

/** The lines of what {@link unpack} prints. */
export async function* unpacked(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  { json, warn }: UnpackOptions,
): AsyncGenerator<string> {
  const frames = new ZstdFrames();
  const format = json === true ? formatBatchJson : formatBatch;
  let [count, passedOver] = [0, 0];
  for await (const chunk of chunks) {
    for (const frame of framesOf(frames, chunk, path, count)) {
      count += 1;
      const batch = unpackBatch(frame);
      if (batch.isDecoded) {
        yield format(batch.value);
      } else {
        passedOver += 1;
        warn(unreadable(path, count, WORDS[batch.reason]).message);
      }
    }
  }
  if (frames.pendingBytes > 0) throw unreadable(path, count + 1, 'it is cut short');
  if (count === 0) throw unreadable(path, 1, 'there is none');
  if (passedOver > 0)
    throw new WaystationError(
      'batch.unreadable',
      `${passedOver} of ${count} batches of ${nameOf(path)} could not be read.`,
    );
}

function framesOf(frames: ZstdFrames, chunk: Uint8Array, path: string, count: number): readonly Uint8Array[] {
  try {
    return frames.push(chunk);
  } catch (error) {
    if (error instanceof FrameFault) throw unreadable(path, count + 1, error.message);
    throw error;
  }
}

const WORDS: Readonly<Record<BatchFault, string>> = {
  'not-zstd': 'it is damaged',
  'too-large': 'it is larger than any batch of a gateway: it is from something else',
  'not-utf8': 'it is no text',
  'not-json': 'it is no JSON',
  'not-a-batch': 'it is something else',
  'unknown-version': 'it is of a newer version: read it with the `waystation` of the gateway that sent it',
  'duplicate-key': 'a name is there twice in one object',
  'wrong-member': 'something is missing in it, or of another kind',
  'wrong-sequence': 'its sequences do not rise, or go beyond what it covers',
  'wrong-payload': 'a payload is missing, or no base64',
  'wrong-column': 'a column does not fit its shape',
};

function unreadable(path: string, index: number, words: string): WaystationError {
  return new WaystationError('batch.unreadable', `Reading batch ${index} of ${nameOf(path)}: ${words}`);
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}
