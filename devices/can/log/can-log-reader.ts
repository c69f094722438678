import type { CanFrame } from '#devices/can/can-frame.ts';
import { AdapterTimeline } from '#devices/can/slcan/adapter-timeline.ts';
import { decodeSlcanFrame } from '#devices/can/slcan/slcan-frame.ts';
import type { SlcanAnswer } from '#devices/can/slcan/slcan-item.ts';
import { SlcanParser, type SlcanRejection } from '#devices/can/slcan/slcan-parser.ts';
import type { Decoded } from '#devices/decoded.ts';
import { AscParser } from './asc-parser.ts';
import type { CanLogFormat, CanLogRecord, CanLogRejection } from './can-log-record.ts';
import { parseCandumpLine } from './candump.ts';
import { parseCandumpScreenLine } from './candump-screen.ts';

const LF = 0x0a;
const CR = 0x0d;

/** Longest line kept, of any format: a CAN FD frame in ASC has some 400 characters. */
export const MAX_CAN_LOG_LINE_BYTES = 1024;
/** After so many lines without a frame of a known format the log is given up. */
export const MAX_UNDECIDED_LINES = 200;

/** Whom a {@link CanLogReader} tells, in the order of the log. */
export interface CanLogHandler {
  onRecord(record: CanLogRecord): void;
  /** What an SLCAN adapter said of itself and of commands. */
  onAnswer?(answer: SlcanAnswer): void;
  /** A line that is no frame, beside being counted. */
  onRefused?(line: string, reason: CanLogRejection): void;
}

/** A line of a format, or `undefined` where it is a heading or a comment. */
type ParseLine = (line: string) => Decoded<CanLogRecord, CanLogRejection> | undefined;

/**
 * Reads the frames of a recording out of its bytes, in any chunking and in the memory of one line. For whoever reads the file.
 *
 * The format is that of the first line that is a frame of one, unless it was told.
 */
export class CanLogReader {
  readonly #handler: CanLogHandler;
  readonly #line = Buffer.alloc(MAX_CAN_LOG_LINE_BYTES);
  #sizeBytes = 0;
  #isOverlong = false;
  #isGivenUp = false;
  #format: CanLogFormat | undefined;
  #parseLine: ParseLine | undefined;
  #slcan: SlcanParser | undefined;
  readonly #timeline = new AdapterTimeline();
  #undecided: string[] = [];
  readonly #rejections: Partial<Record<CanLogRejection, number>> = {};

  constructor(handler: CanLogHandler, format?: CanLogFormat) {
    this.#handler = handler;
    if (format !== undefined) this.#decide(format);
  }

  /** As told or as found; absent before the first frame. */
  get format(): CanLogFormat | undefined {
    return this.#format;
  }

  /** How many lines were refused so far, by reason. Empty lines, headings and comments are none. */
  get rejections(): Readonly<Partial<Record<CanLogRejection | SlcanRejection, number>>> {
    const slcan = Object.entries(this.#slcan?.rejections ?? {}).filter(([, count]) => count > 0);
    return { ...this.#rejections, ...Object.fromEntries(slcan) };
  }

  /** Takes the next bytes as they came and hands on the frames that they complete. */
  push(chunk: Uint8Array): void {
    for (let index = 0; index < chunk.length; index++) {
      if (this.#slcan !== undefined) {
        this.#slcan.push(chunk.subarray(index));
        return;
      }
      const byte = chunk[index] ?? 0;
      if (byte === LF || byte === CR) this.#endLine();
      else if (this.#sizeBytes < this.#line.length) this.#line[this.#sizeBytes++] = byte;
      else this.#isOverlong = true;
    }
  }

  /** Hands on the frame that the end of the log leaves without a line ending, and gives up a log of no known format. */
  flush(): void {
    this.#endLine();
    this.#slcan?.flush();
    if (this.#format === undefined && this.#undecided.length > 0) this.#giveUp();
  }

  #endLine(): void {
    const sizeBytes = this.#sizeBytes;
    const isOverlong = this.#isOverlong;
    this.#sizeBytes = 0;
    this.#isOverlong = false;
    if (isOverlong) this.#reject('too-long');
    else if (sizeBytes > 0) this.#take(this.#line.toString('latin1', 0, sizeBytes));
  }

  #take(line: string): void {
    const result = this.#parseLine?.(line);
    if (result?.isDecoded === true) this.#handler.onRecord(result.value);
    else if (result !== undefined) {
      this.#reject(result.reason);
      this.#handler.onRefused?.(line, result.reason);
    } else if (this.#format === undefined) this.#guess(line);
  }

  #guess(line: string): void {
    if (this.#isGivenUp) {
      this.#reject('unknown-format');
      return;
    }
    this.#undecided.push(line);
    const format = formatOf(line);
    if (format !== undefined) this.#decide(format);
    else if (this.#undecided.length >= MAX_UNDECIDED_LINES) this.#giveUp();
  }

  #decide(format: CanLogFormat): void {
    const lines = this.#undecided;
    this.#undecided = [];
    this.#format = format;
    if (format === 'slcan') {
      this.#slcan = new SlcanParser({
        onFrame: (frame) => this.#takeSlcan(frame),
        onAnswer: (answer) => this.#handler.onAnswer?.(answer),
      });
      this.#slcan.push(Buffer.from(lines.map((line) => `${line}\r`).join(''), 'latin1'));
      return;
    }
    this.#parseLine = PARSERS[format]();
    for (const line of lines) this.#take(line);
  }

  /** The parser uses the data of a frame again, and the adapter's clock starts again each minute: a record has its own data, and a time that goes on. */
  #takeSlcan(frame: CanFrame): void {
    const { timestampMs } = frame;
    const time = timestampMs === undefined ? {} : { timeMs: this.#timeline.elapsedAt(timestampMs) };
    this.#handler.onRecord({ frame: { ...frame, data: frame.data.slice() }, ...time });
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    for (const _ of this.#undecided) this.#reject('unknown-format');
    this.#undecided = [];
  }

  #reject(reason: CanLogRejection): void {
    this.#rejections[reason] = (this.#rejections[reason] ?? 0) + 1;
  }
}

const PARSERS: Readonly<Record<Exclude<CanLogFormat, 'slcan'>, () => ParseLine>> = {
  candump: () => parseCandumpLine,
  candumpScreen: () => parseCandumpScreenLine,
  asc: () => {
    const parser = new AscParser();
    return (line) => parser.parse(line);
  },
};

/** The format that a line is a frame of, or its heading where that is beyond doubt. */
function formatOf(line: string): CanLogFormat | undefined {
  if (parseCandumpLine(line).isDecoded) return 'candump';
  if (decodeSlcanFrame(Buffer.from(line, 'latin1')).isDecoded) return 'slcan';
  if (/^base\s+(?:hex|dec)\b/i.test(line) || new AscParser().parse(line)?.isDecoded === true) return 'asc';
  return parseCandumpScreenLine(line).isDecoded ? 'candumpScreen' : undefined;
}
