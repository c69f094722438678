import { CanLogReader } from '#devices/can/log/can-log-reader.ts';
import type { CanLogFormat, CanLogRecord } from '#devices/can/log/can-log-record.ts';
import { readCapture } from './read-capture.ts';

/** A recording of a CAN bus that is being read. */
export interface FrameReading {
  /** Its frames, so many at once as a part of the file has: bounded. */
  readonly batches: AsyncIterable<readonly CanLogRecord[]>;
  /** As told or as found; absent before the first frame. */
  format(): CanLogFormat | undefined;
  /** What was refused so far, by reason. */
  rejections(): Readonly<Record<string, number>>;
}

/**
 * Reads a log of a CAN bus of any format that is known, `-` for standard input, in bounded memory; on a terminal a long file says how far it is.
 *
 * @param format absent: that of its first frame
 * @param chunks the bytes, where they do not come from the file
 * @throws WaystationError `file.unreadable`, from `batches`
 */
export function readFrames(
  path: string,
  format?: CanLogFormat,
  chunks: AsyncIterable<Uint8Array> = readCapture(path),
): FrameReading {
  let batch: CanLogRecord[] = [];
  const reader = new CanLogReader({ onRecord: (record) => batch.push(record) }, format);
  const take = () => {
    const taken = batch;
    batch = [];
    return taken;
  };
  async function* read(): AsyncGenerator<readonly CanLogRecord[]> {
    for await (const chunk of chunks) {
      reader.push(chunk);
      yield take();
    }
    reader.flush();
    yield take();
  }
  return { batches: read(), format: () => reader.format, rejections: () => reader.rejections };
}
