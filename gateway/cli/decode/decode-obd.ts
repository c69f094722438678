import type { Command } from 'commander';
import type { CanLogRecord } from '#devices/can/log/can-log-record.ts';
import { decodeObdMessage } from '#devices/obd/decode-obd-message.ts';
import { readElmMessages } from '#devices/obd/elm327/elm-messages.ts';
import { parseElmReply } from '#devices/obd/elm327/elm-reply.ts';
import { ElmReplyFramer } from '#devices/obd/elm327/elm-reply-framer.ts';
import { IsoTpReassembler } from '#devices/obd/iso-tp-reassembler.ts';
import { obdAddress } from '#devices/obd/obd-address.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { type Counts, sumCounts } from '#gateway/model/sum-counts.ts';
import { formatCounts } from './format-counts.ts';
import { LogBuses } from './log-buses.ts';
import { type ObdRecord, obdCsv, obdCsvHeading, obdLine } from './obd-line.ts';
import { readCapture } from './read-capture.ts';
import { readFrames } from './read-frames.ts';

interface DecodeObdOptions {
  readonly csv?: true;
  readonly elm327?: true;
}

/** Adds `obd <file>` to `waystation decode`: every whole message of on-board diagnostics in a log of a CAN bus. */
export function addDecodeObd(decode: Command): void {
  decode
    .command('obd')
    .description(
      'Print questions and answers of on-board diagnostics (ISO-TP put together): parameters, trouble codes, VIN.',
    )
    .argument('<file>', 'log of candump, ASC or SLCAN, or - for standard input')
    .option('--json', 'one line of JSON for each message (default)')
    .option('--csv', 'one line of comma-separated values for each message')
    .option('--elm327', 'the file is what an ELM327 printed, with echoed commands and prompts')
    .action(async (file: string, options: DecodeObdOptions) => {
      await decodeObd({ file, chunks: readCapture(file), options, stdout: process.stdout, stderr: process.stderr });
    });
}

/** What {@link decodeObd} reads and writes. */
export interface DecodeObdInput {
  /** What messages call the log. */
  readonly file: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly options: DecodeObdOptions;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Streams the log through the decoders, in bounded memory. What could not be used is summed up on `stderr`.
 *
 * @throws WaystationError `file.unreadable`
 */
export async function decodeObd({ file, chunks, options, stdout, stderr }: DecodeObdInput): Promise<void> {
  const tally = new Tally();
  const records = options.elm327 ? readTranscript(chunks, tally) : readLog(file, chunks, tally);
  const format = options.csv ? obdCsv : (line: object) => `${JSON.stringify(line)}\n`;
  async function* lines(): AsyncGenerator<string> {
    if (options.csv) yield obdCsvHeading();
    for await (const some of records) if (some.length > 0) yield some.map((record) => format(obdLine(record))).join('');
  }
  if (!(await writeUntilClosed(lines(), stdout))) return;
  stderr.write(`${file}: rejected: ${formatCounts(tally.rejections)}\n`);
  if (tally.otherFrameCount > 0) stderr.write(`${file}: other frames: ${tally.otherFrameCount}\n`);
}

/** What did not become a line. */
class Tally {
  otherFrameCount = 0;
  readonly #counts: Record<string, number> = {};
  readonly #others: (() => Counts)[] = [];

  get rejections(): Counts {
    return sumCounts(this.#counts, ...this.#others.map((read) => read()));
  }

  reject(reason: string): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
  }

  /** Counts that somebody else keeps. */
  add(read: () => Counts): void {
    this.#others.push(read);
  }
}

async function* readLog(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  tally: Tally,
): AsyncGenerator<readonly ObdRecord[]> {
  const { batches, rejections } = readFrames(file, undefined, chunks);
  tally.add(rejections);
  let found: ObdRecord[] = [];
  let timeMs: number | undefined;
  const buses = new LogBuses(() => {
    const reassembler = new IsoTpReassembler(({ id, isExtended, payload, isSegmented }) => {
      const message = decodeObdMessage(payload);
      if (!message.isDecoded) return tally.reject(message.reason);
      const ecu = obdAddress({ id, isExtended })?.ecu;
      found.push({ timeMs, id, ext: isExtended, ecu, isSegmented, message: message.value });
    });
    tally.add(() => reassembler.rejections);
    return reassembler;
  });
  const take = ({ frame, channel, timeMs: recordMs }: CanLogRecord) => {
    const bus = obdAddress(frame) === undefined ? undefined : buses.of(channel);
    if (bus === undefined) tally.otherFrameCount++;
    else {
      timeMs = recordMs;
      bus.take(frame, recordMs ?? 0);
    }
  };
  for await (const records of batches) {
    found = [];
    for (const record of records) take(record);
    yield found;
  }
  for (const bus of buses.all()) bus.flush();
}

/** Each answer of a transcript begins with the command that was echoed. */
async function* readTranscript(chunks: AsyncIterable<Uint8Array>, tally: Tally): AsyncGenerator<readonly ObdRecord[]> {
  let found: ObdRecord[] = [];
  const framer = new ElmReplyFramer((lines) => {
    const { hexLines, faults } = parseElmReply(lines, lines[0] ?? '');
    for (const fault of faults) tally.reject(fault);
    const hasHeaders = !hexLines.some((line) => /^(4[1-9A]|[0-9A-F]:)/.test(line));
    for (const { ecu, payload } of readElmMessages(hexLines, { hasHeaders }, (reason) => tally.reject(reason))) {
      const message = decodeObdMessage(payload);
      if (message.isDecoded) found.push({ ecu, isSegmented: payload.length > 7, message: message.value });
      else tally.reject(message.reason);
    }
  });
  tally.add(() => framer.rejections);
  for await (const chunk of chunks) {
    found = [];
    framer.push(chunk);
    yield found;
  }
  found = [];
  framer.push(Uint8Array.of(0x3e));
  yield found;
}
