import type { Command } from 'commander';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import { ReceiverFramer } from '#devices/ubx/receiver-framer.ts';
import { encodeUbxFrame, type UbxFrame } from '#devices/ubx/ubx-frame.ts';
import { decodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { formatCounts } from './format-counts.ts';
import { addFormatOptions, type FormatOptions, fileFormatOf, formatEpochs } from './format-epochs.ts';
import { readCapture } from './read-capture.ts';

/** Adds `ubx <file>` to `waystation decode`: every UBX message of a capture, or the epochs that UBX alone tells. */
export function addDecodeUbx(decode: Command): void {
  const command = decode
    .command('ubx')
    .description('Print the messages of a capture of u-blox UBX; whatever else is on the line is passed over.')
    .argument('<file>', 'raw serial capture, or - for standard input');
  addFormatOptions(command, 'one line of JSON for each message').action(decodeUbx);
}

/** Memory does not depend on the size of the input. */
async function decodeUbx(path: string, options: FormatOptions): Promise<void> {
  const reader = new UbxReader();
  const frames = reader.read(readCapture(path));
  const format = fileFormatOf(options);
  const text =
    format === undefined
      ? formatMessages(frames, reader)
      : formatEpochs(bytesOf(frames), new GnssDecoder(), format, () => {});
  if (!(await writeUntilClosed(text, process.stdout))) return;
  process.stderr.write(`rejected: ${formatCounts(reader.rejections)}\n`);
  if (reader.frameCount > 0) return;
  const hint =
    reader.lineCount > 0
      ? 'only lines, as of NMEA 0183: `waystation decode gnss` reads those'
      : 'is this a raw capture of a u-blox receiver?';
  process.stderr.write(`no messages: ${hint}\n`);
}

/** The UBX frames of a capture, and what was refused on the way. */
class UbxReader {
  frameCount = 0;
  /** Of text, such as NMEA 0183. */
  lineCount = 0;
  /** Messages that are known and whose content is not as it must be. */
  readonly #refused: Record<string, number> = {};
  #discardedBytes = 0;

  get rejections(): Readonly<Record<string, number>> {
    const others = { 'nmea-lines': this.lineCount, 'discarded-bytes': this.#discardedBytes };
    return { ...this.#refused, ...Object.fromEntries(Object.entries(others).filter(([, count]) => count > 0)) };
  }

  refuse(reason: string): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
  }

  /** Frames by chunk, with bytes of their own. */
  async *read(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly UbxFrame[]> {
    let found: UbxFrame[] = [];
    const framer = new ReceiverFramer({
      onLine: () => {
        this.lineCount++;
      },
      onUbx: (frame) => {
        this.frameCount++;
        found.push({ ...frame, payload: copyOf(frame.payload) });
      },
    });
    const take = () => {
      const taken = found;
      found = [];
      this.#discardedBytes = framer.discardedBytes;
      return taken;
    };
    for await (const chunk of chunks) {
      framer.push(chunk);
      yield take();
    }
    framer.flush();
    yield take();
  }
}

function copyOf({ buffer, byteOffset, byteLength }: DataView): DataView {
  return new DataView(buffer.slice(byteOffset, byteOffset + byteLength));
}

async function* bytesOf(frames: AsyncIterable<readonly UbxFrame[]>): AsyncGenerator<Uint8Array> {
  for await (const some of frames) yield Buffer.concat(some.map(encodeUbxFrame));
}

async function* formatMessages(frames: AsyncIterable<readonly UbxFrame[]>, reader: UbxReader): AsyncGenerator<string> {
  for await (const some of frames) {
    const text = some.map((frame) => formatMessage(frame, reader)).join('');
    if (text !== '') yield text;
  }
}

/** A message that is not understood is told by its numbers and its length. */
function formatMessage(frame: UbxFrame, reader: UbxReader): string {
  const { messageClass, messageId, payload } = frame;
  const message = decodeUbxMessage(frame);
  if (message?.isDecoded) return `${JSON.stringify(message.value)}\n`;
  if (message !== undefined) reader.refuse(message.reason);
  const type = `${hex(messageClass)}-${hex(messageId)}`;
  const rejected = message === undefined ? {} : { rejected: message.reason };
  return `${JSON.stringify({ type, payloadBytes: payload.byteLength, ...rejected })}\n`;
}

/** As the interface descriptions number classes and messages. */
function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
