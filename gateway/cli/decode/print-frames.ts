import { type Command, Option } from 'commander';
import type { CanFrame } from '#devices/can/can-frame.ts';
import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import type { DbcMessage } from '#devices/can/dbc/dbc.ts';
import type { DecodedMessage } from '#devices/can/dbc/message-decoder.ts';
import type { CanLogRecord } from '#devices/can/log/can-log-record.ts';
import { loadDbc, printDbcWarnings } from '#gateway/sources/load-dbc.ts';
import { csvLine } from './csv-line.ts';
import { formatNumber, formatSignals, secondsOf } from './format-signals.ts';

/** What the commands that print frames can be told. */
export interface FrameOptions {
  readonly dbc: readonly string[];
  readonly csv?: true;
}

/** Adds `--dbc`, `--json` and `--csv` to a command that prints frames. */
export function addFrameOptions(command: Command): Command {
  return command
    .option('--dbc <file>', 'DBC file; several: the first that knows a frame decodes it', collect, [])
    .addOption(new Option('--json', 'one line of JSON for each frame (default)').conflicts('csv'))
    .addOption(new Option('--csv', 'comma-separated values, a line for each signal, or for each frame without --dbc'));
}

function collect(path: string, paths: readonly string[]): readonly string[] {
  return [...paths, path];
}

/** Reads the DBC files of a command, and tells on `stderr` what in them is doubtful. @throws WaystationError `dbc.unreadable`, `dbc.invalid` */
export async function loadDatabases(
  paths: readonly string[],
  stderr: NodeJS.WritableStream,
): Promise<readonly DbcDecoder[]> {
  const decoders: DbcDecoder[] = [];
  for (const path of paths) {
    const loaded = await loadDbc(path);
    printDbcWarnings(loaded, stderr);
    decoders.push(loaded.decoder);
  }
  return decoders;
}

/** Turns frames into lines: decoded where there are DBC files, else as they are. */
export class FramePrinter {
  readonly #databases: readonly DbcDecoder[];
  readonly #isCsv: boolean;
  #frameCount = 0;
  #unknownCount = 0;

  constructor(databases: readonly DbcDecoder[], isCsv: boolean) {
    this.#databases = databases;
    this.#isCsv = isCsv;
  }

  get frameCount(): number {
    return this.#frameCount;
  }

  /** Frames that no DBC file knows: nothing is printed of them. */
  get unknownCount(): number {
    return this.#unknownCount;
  }

  /** Whether frames were passed over although messages of J1939 are known: those go by parameter group, not by identifier. */
  get hasMissedJ1939(): boolean {
    const isJ1939 = ({ message }: { readonly message: DbcMessage }) => message.frameFormat === 'j1939';
    return this.#unknownCount > 0 && this.#databases.some(({ messages }) => messages.some(isJ1939));
  }

  /** What comes first. */
  heading(): string {
    if (!this.#isCsv) return '';
    return csvLine(this.#databases.length > 0 ? SIGNAL_COLUMNS : FRAME_COLUMNS);
  }

  format(record: CanLogRecord): string {
    this.#frameCount++;
    if (this.#databases.length === 0) return this.#isCsv ? frameRow(record) : frameObject(record);
    const message = decodeFirst(this.#databases, record.frame);
    if (message !== undefined) return this.#isCsv ? signalRows(record, message) : messageObject(record.frame, message);
    this.#unknownCount++;
    return '';
  }
}

function decodeFirst(databases: readonly DbcDecoder[], frame: CanFrame): DecodedMessage | undefined {
  for (const database of databases) {
    const message = database.decode(frame);
    if (message !== undefined) return message;
  }
  return undefined;
}

function messageObject(frame: CanFrame, message: DecodedMessage): string {
  const { id, isExtended: ext } = frame;
  const head = JSON.stringify({ id, ext, data: hex(frame), name: message.name }).slice(0, -1);
  return `${head},"signals":${formatSignals(message.signals)}${message.isShort ? ',"short":true' : ''}}\n`;
}

/** What is false or not stated is left out, but for `ext`. */
function frameObject({ frame, timeMs, channel, direction }: CanLogRecord): string {
  const { id, isExtended: ext, isRemote, isFd, isBitrateSwitched } = frame;
  const time = secondsOf(timeMs);
  const flags = { ...(isRemote ? { remote: true } : {}), ...(isFd ? { fd: true } : {}) };
  const brs = isBitrateSwitched ? { brs: true } : {};
  return `${JSON.stringify({ time, channel, direction, id, ext, data: hex(frame), ...flags, ...brs })}\n`;
}

const FRAME_COLUMNS = ['time', 'channel', 'direction', 'id', 'ext', 'remote', 'fd', 'brs', 'data'];

function frameRow({ frame, timeMs, channel, direction }: CanLogRecord): string {
  const { id, isExtended, isRemote, isFd, isBitrateSwitched } = frame;
  const flags = [isExtended, isRemote, isFd === true, isBitrateSwitched === true];
  return csvLine([secondsOf(timeMs), channel, direction, id, ...flags, hex(frame)]);
}

const SIGNAL_COLUMNS = ['time', 'channel', 'id', 'ext', 'message', 'signal', 'raw', 'value', 'unit', 'label'];

function signalRows({ frame, timeMs, channel }: CanLogRecord, { name, signals }: DecodedMessage): string {
  const { id, isExtended } = frame;
  const head = [secondsOf(timeMs), channel, id, isExtended, name];
  const rows = Object.entries(signals).map(([signal, { raw, phys, unit, label }]) =>
    csvLine([...head, signal, cellOf(raw), cellOf(phys), unit, label]),
  );
  return rows.join('');
}

function cellOf(value: number | bigint): string {
  return formatNumber(value).replaceAll('"', '');
}

function hex({ data }: CanFrame): string {
  return Buffer.from(data).toString('hex');
}
