import type { Command } from 'commander';
import type { CanFrame } from '#devices/can/can-frame.ts';
import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import type { DecodedMessage } from '#devices/can/dbc/message-decoder.ts';
import type { CanLogRecord } from '#devices/can/log/can-log-record.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { loadDbc, printDbcWarnings } from '#gateway/sources/load-dbc.ts';
import { formatSignals } from './format-signals.ts';
import { readCapture } from './read-capture.ts';
import { type FrameReading, readFrames } from './read-frames.ts';

/** Adds `can <file> --dbc <file>` to the `decode` command: a `candump -l` log in, one JSON line per frame that a DBC knows out. */
export function addDecodeCan(decode: Command): void {
  decode
    .command('can')
    .description('Print the frames of a candump -l log as JSON lines, decoded by DBC files.')
    .argument('<file>', 'log of `candump -l`, or - for standard input')
    .requiredOption('--dbc <file>', 'DBC file; several: the first that knows a frame decodes it', collect)
    .action(async (file: string, options: { readonly dbc: readonly string[] }) => {
      const openInput = () => readCapture(file);
      const { stdout, stderr } = process;
      await decodeCanLog({ file, openInput, dbcFiles: options.dbc, stdout, stderr });
    });
}

function collect(path: string, paths: readonly string[] = []): readonly string[] {
  return [...paths, path];
}

/** What {@link decodeCanLog} reads and writes. */
export interface DecodeCanLogOptions {
  /** What messages call the log. */
  readonly file: string;
  /** Called once the DBC files are good. */
  readonly openInput: () => AsyncIterable<Uint8Array>;
  readonly dbcFiles: readonly string[];
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Streams the log through the decoders, in bounded memory and no faster than `stdout` takes it; a reader that goes away ends it quietly.
 * What could not be used is summed up on `stderr`.
 * @throws WaystationError `file.unreadable`, `dbc.unreadable`, `dbc.invalid`
 */
export async function decodeCanLog(options: DecodeCanLogOptions): Promise<void> {
  const { file, stdout, stderr } = options;
  const decoders: DbcDecoder[] = [];
  for (const path of options.dbcFiles) {
    const loaded = await loadDbc(path);
    printDbcWarnings(loaded, stderr);
    decoders.push(loaded.decoder);
  }
  const tally = { unknownFrameCount: 0 };
  const reading = readFrames(file, undefined, options.openInput());
  const lines = decodedLines(reading, (records) => formatRecords(records, decoders, tally));
  if (!(await writeUntilClosed(lines, stdout))) return;
  const rejections = Object.entries(reading.rejections());
  const reasons = rejections.map(([reason, count]) => `${count} ${reason}`).join(', ');
  if (reasons !== '') stderr.write(`${file}: lines rejected: ${reasons}\n`);
  if (tally.unknownFrameCount > 0) stderr.write(`${file}: frames without a message: ${tally.unknownFrameCount}\n`);
}

async function* decodedLines(
  reading: FrameReading,
  format: (records: readonly CanLogRecord[]) => string,
): AsyncGenerator<string> {
  for await (const records of reading.batches) {
    const text = format(records);
    if (text !== '') yield text;
  }
}

function formatRecords(
  records: readonly CanLogRecord[],
  decoders: readonly DbcDecoder[],
  tally: { unknownFrameCount: number },
): string {
  let text = '';
  for (const { frame } of records) {
    const message = decodeFirst(decoders, frame);
    if (message === undefined) tally.unknownFrameCount++;
    else text += formatMessage(frame, message);
  }
  return text;
}

function decodeFirst(decoders: readonly DbcDecoder[], frame: CanFrame): DecodedMessage | undefined {
  for (const decoder of decoders) {
    const message = decoder.decode(frame);
    if (message !== undefined) return message;
  }
  return undefined;
}

/** One line of output. */
function formatMessage(frame: CanFrame, message: DecodedMessage): string {
  const { id, isExtended: ext } = frame;
  const data = Buffer.from(frame.data).toString('hex');
  const head = JSON.stringify({ id, ext, data, name: message.name }).slice(0, -1);
  return `${head},"signals":${formatSignals(message.signals)}${message.isShort ? ',"short":true' : ''}}\n`;
}
