import type { Command } from 'commander';
import { compileJ1939 } from '#devices/can/j1939/compile-j1939.ts';
import { J1939Bus } from '#devices/can/j1939/j1939-bus.ts';
import { decodeJ1939Id, isJ1939Id } from '#devices/can/j1939/j1939-id.ts';
import type { J1939Message } from '#devices/can/j1939/j1939-message.ts';
import { isTransportPgn } from '#devices/can/j1939/transport-control.ts';
import type { CanLogRecord } from '#devices/can/log/can-log-record.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { type Counts, sumCounts } from '#gateway/model/sum-counts.ts';
import { formatCounts } from './format-counts.ts';
import { type J1939Format, j1939Csv, j1939Json } from './format-j1939.ts';
import { J1939Describer, type J1939Record } from './j1939-record.ts';
import { LogBuses } from './log-buses.ts';
import { addFrameOptions, type FrameOptions, loadDatabases } from './print-frames.ts';
import { readCapture } from './read-capture.ts';
import { type FrameReading, readFrames } from './read-frames.ts';

/** Adds `j1939 <file>` to the `decode` command: a log of a CAN bus in, messages of J1939 out. */
export function addDecodeJ1939(decode: Command): void {
  const command = decode
    .command('j1939')
    .description('Print the messages of a J1939 bus, transfers put together, with addresses, SPNs and trouble codes.')
    .argument('<file>', 'log as for `decode can`, or - for standard input');
  addFrameOptions(command).action(async (file: string, options: FrameOptions) => {
    const { stdout, stderr } = process;
    const format = options.csv === true ? j1939Csv : j1939Json;
    const openInput = () => readCapture(file);
    await decodeJ1939Log({ file, dbcFiles: options.dbc, format, openInput, stdout, stderr });
  });
}

/** What {@link decodeJ1939Log} reads and writes. */
export interface DecodeJ1939LogOptions {
  /** What messages call the log. */
  readonly file: string;
  /** Called once the DBC files are good. */
  readonly openInput: () => AsyncIterable<Uint8Array>;
  readonly dbcFiles: readonly string[];
  readonly format: J1939Format;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Streams the log through the decoders, in bounded memory. With DBC files it prints what they know and what is understood without them (trouble
 * codes, VIN, address claims), without any all messages; what could not be used is summed up on `stderr`.
 *
 * @throws WaystationError `file.unreadable`, `dbc.unreadable`, `dbc.invalid`
 */
export async function decodeJ1939Log(options: DecodeJ1939LogOptions): Promise<void> {
  const { file, format, stdout, stderr } = options;
  const databases = await loadDatabases(options.dbcFiles, stderr);
  const describer = new J1939Describer(compileJ1939(databases, 'extended'));
  const printer = new J1939Printer(describer, format, databases.length === 0);
  const reading = readFrames(file, undefined, options.openInput());
  if (!(await writeUntilClosed(printedLines(reading, printer, format), stdout))) return;
  const tellCounts = (what: string, counts: Counts) => {
    if (Object.keys(counts).length > 0) stderr.write(`${file}: ${what}: ${formatCounts(counts)}\n`);
  };
  tellCounts('lines rejected', reading.rejections());
  tellCounts('not understood', printer.rejections());
  if (printer.foreignFrameCount > 0)
    stderr.write(`${file}: frames that are none of J1939: ${printer.foreignFrameCount}\n`);
  if (printer.unknownCount > 0) stderr.write(`${file}: messages that no DBC file knows: ${printer.unknownCount}\n`);
}

async function* printedLines(
  reading: FrameReading,
  printer: J1939Printer,
  format: J1939Format,
): AsyncGenerator<string> {
  yield format.begin();
  for await (const records of reading.batches) {
    for (const record of records) printer.take(record);
    yield printer.takeText();
  }
  printer.end();
  yield printer.takeText();
}

/** Makes lines of frames. Each channel of the log is a bus of its own. */
class J1939Printer {
  readonly #describer: J1939Describer;
  readonly #format: J1939Format;
  readonly #printsUnknown: boolean;
  readonly #buses = new LogBuses((channel) => {
    const onMessage = (message: J1939Message) => this.#print(message, channel);
    return new J1939Bus({ onMessage, onClaim: () => {}, onDtc: () => {} });
  });
  #timeMs: number | undefined;
  #text = '';
  foreignFrameCount = 0;
  unknownCount = 0;

  constructor(describer: J1939Describer, format: J1939Format, printsUnknown: boolean) {
    this.#describer = describer;
    this.#format = format;
    this.#printsUnknown = printsUnknown;
  }

  take({ frame, channel, timeMs }: CanLogRecord): void {
    const bus = this.#buses.of(channel);
    if (bus === undefined || !frame.isExtended || frame.isRemote || !isJ1939Id(frame.id)) {
      this.foreignFrameCount++;
      return;
    }
    this.#timeMs = timeMs;
    const id = decodeJ1939Id(frame.id);
    // The bus tells messages only, after the frame that completes them.
    if (isTransportPgn(id.pgn)) this.#print({ ...id, data: frame.data, transport: 'frame' }, channel);
    bus.take(frame, timeMs ?? 0);
  }

  /** The log is over: nobody will say more. */
  end(): void {
    for (const bus of this.#buses.all()) bus.tick(Number.POSITIVE_INFINITY);
  }

  /** What was printed since it was asked last. */
  takeText(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  rejections(): Counts {
    return sumCounts(...this.#buses.all().map((bus) => bus.rejections));
  }

  #print(message: J1939Message, channel: string | undefined): void {
    const timeMs = this.#timeMs;
    const heard = { ...(timeMs === undefined ? {} : { timeMs }), ...(channel === undefined ? {} : { channel }) };
    const record = this.#describer.describe(message, heard);
    if (this.#printsUnknown || isUnderstood(record)) this.#text += this.#format.add(record);
    // What a transfer consists of is known as its message.
    else if (!isTransportPgn(message.pgn)) this.unknownCount++;
  }
}

function isUnderstood({ decoder, diagnostic, vin, node }: J1939Record): boolean {
  return decoder !== undefined || diagnostic !== undefined || vin !== undefined || node !== undefined;
}
