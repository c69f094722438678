import type { Command } from 'commander';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { formatCounts } from './format-counts.ts';
import { addFrameOptions, type FrameOptions, FramePrinter, loadDatabases } from './print-frames.ts';
import { readCapture } from './read-capture.ts';
import { type FrameReading, readFrames } from './read-frames.ts';

/** Adds `can <file>` to the `decode` command: a log of a CAN bus in, one JSON line per frame out, or per frame that a DBC knows. */
export function addDecodeCan(decode: Command): void {
  const command = decode
    .command('can')
    .description(
      'Print the frames of a log of candump, of Vector’s tools (ASC), or of an SLCAN adapter; decoded, where there are DBC files.',
    )
    .argument('<file>', 'log, or - for standard input; its format is found');
  addFrameOptions(command).action(async (file: string, options: FrameOptions) => {
    const openInput = () => readCapture(file);
    const { stdout, stderr } = process;
    const isCsv = options.csv === true;
    await decodeCanLog({ file, openInput, dbcFiles: options.dbc, isCsv, stdout, stderr });
  });
}

/** What {@link decodeCanLog} reads and writes. */
export interface DecodeCanLogOptions {
  /** What messages call the log. */
  readonly file: string;
  /** Called once the DBC files are good. */
  readonly openInput: () => AsyncIterable<Uint8Array>;
  readonly dbcFiles: readonly string[];
  readonly isCsv?: boolean;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Streams the log through the decoders, in bounded memory and no faster than `stdout` takes it; a reader that goes away ends it quietly.
 * What could not be used is summed up on `stderr`.
 * @throws WaystationError `file.unreadable`, `dbc.unreadable`, `dbc.invalid`
 */
export async function decodeCanLog(options: DecodeCanLogOptions): Promise<void> {
  const { file, stdout, stderr, isCsv = false } = options;
  const printer = new FramePrinter(await loadDatabases(options.dbcFiles, stderr), isCsv);
  const reading = readFrames(file, undefined, options.openInput());
  if (!(await writeUntilClosed(printedFrames(reading, printer), stdout))) return;
  for (const line of summaryOf(printer, reading.rejections())) stderr.write(`${file}: ${line}\n`);
  if (printer.frameCount > 0 && printer.unknownCount === printer.frameCount)
    stderr.write(`${file}: none of its frames is in the DBC files: are they of this bus?\n`);
  if (printer.frameCount === 0)
    stderr.write(`${file}: no frames: is this a log of candump, an ASC file, or what an SLCAN adapter sent?\n`);
}

/** What could not be used, a line each. */
export function summaryOf(printer: FramePrinter, rejections: Readonly<Record<string, number>>): readonly string[] {
  return [
    ...(Object.keys(rejections).length === 0 ? [] : [`lines rejected: ${formatCounts(rejections)}`]),
    ...(printer.unknownCount === 0 ? [] : [`frames without a message: ${printer.unknownCount}`]),
    ...(printer.hasMissedJ1939 ? ['a DBC file is of J1939: `decode j1939` finds its messages whoever sends them'] : []),
  ];
}

async function* printedFrames({ batches }: FrameReading, printer: FramePrinter): AsyncGenerator<string> {
  const heading = printer.heading();
  if (heading !== '') yield heading;
  for await (const records of batches) {
    const text = records.map((record) => printer.format(record)).join('');
    if (text !== '') yield text;
  }
}
