import type { ObdMessage, ObdReading, ObdVehicleInfo } from '#devices/obd/obd-message.ts';

/** One complete message, and how it came. */
export interface ObdRecord {
  /** As of the log: absolute, or since its start. */
  readonly timeMs?: number | undefined;
  /** Of its frames; absent in what an adapter has printed. */
  readonly id?: number;
  readonly ext?: boolean;
  /** Of the control unit that answers, or is asked; absent when all are asked. */
  readonly ecu?: string | undefined;
  /** Came in several frames. */
  readonly isSegmented: boolean;
  readonly message: ObdMessage;
}

/** What is printed of a message; see `docs/decode.md`. */
export interface ObdLine {
  readonly time?: string;
  readonly timeMs?: number;
  readonly id?: number;
  readonly ext?: boolean;
  readonly ecu?: string;
  readonly kind: ObdMessage['kind'];
  readonly service: string;
  readonly segmented?: true;
  readonly pids?: readonly string[];
  readonly values?: Readonly<Record<string, number>>;
  readonly dtcs?: readonly string[];
  readonly vin?: string;
  readonly [more: string]: unknown;
}

/** Before this a time in a log counts from the start of the measurement. */
const EARLIEST_ABSOLUTE_MS = Date.UTC(1990);

/** A message as the object of its line. */
export function obdLine({ timeMs, id, ext, ecu, isSegmented, message }: ObdRecord): ObdLine {
  const isAbsolute = timeMs !== undefined && timeMs >= EARLIEST_ABSOLUTE_MS;
  return {
    ...(timeMs === undefined ? {} : isAbsolute ? { time: new Date(timeMs).toISOString() } : { timeMs }),
    ...(id === undefined ? {} : { id, ext: ext ?? false }),
    ...(ecu === undefined || ecu === '' ? {} : { ecu }),
    ...{ kind: message.kind, service: hex(message.service) },
    ...(isSegmented ? { segmented: true } : {}),
    ...detailsOf(message),
  };
}

function detailsOf(message: ObdMessage): object {
  switch (message.kind) {
    case 'request':
      return message.pids.length === 0 ? {} : { pids: message.pids.map(hex) };
    case 'values':
      return { ...(message.service === 0x02 ? { frame: message.frame } : {}), ...readingsOf(message.readings) };
    case 'dtcs':
      return { status: message.status, dtcs: message.dtcs };
    case 'vehicle':
      return infoOf(message.info);
    case 'negative': {
      const { code, reason, isPending } = message;
      return { code: hex(code), reason, ...(isPending ? { pending: true } : {}) };
    }
    case 'other':
      return { response: message.isResponse };
    case 'cleared':
      return {};
  }
}

function readingsOf(readings: readonly ObdReading[]): object {
  const values = Object.assign({}, ...readings.map((reading) => reading.values));
  const labels = Object.assign({}, ...readings.map((reading) => reading.labels ?? {}));
  const supported = readings.flatMap(({ supportedPids }) => supportedPids ?? []);
  const dtcs = readings.flatMap(({ dtc }) => dtc ?? []);
  const monitors = readings.find((reading) => reading.monitors !== undefined)?.monitors;
  const unknown = readings.filter((reading) => reading.isUnknown);
  return {
    pids: readings.map(({ pid }) => hex(pid)),
    values,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(supported.length === 0 ? {} : { supportedPids: supported.map(hex) }),
    ...(monitors === undefined ? {} : { monitors }),
    ...(dtcs.length === 0 ? {} : { dtcs }),
    ...(unknown.length === 0
      ? {}
      : { data: Object.fromEntries(unknown.map(({ pid, data }) => [hex(pid), hexOf(data)])) }),
  };
}

function infoOf({ infoType, data, supportedInfoTypes, ...rest }: ObdVehicleInfo): object {
  const supported = supportedInfoTypes === undefined ? {} : { supportedPids: supportedInfoTypes.map(hex) };
  const isKnown = supportedInfoTypes !== undefined || Object.keys(rest).length > 0;
  return { pids: [hex(infoType)], ...supported, ...rest, ...(isKnown ? {} : { data: hexOf(data) }) };
}

/** As the standard writes services and parameters. */
function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0');
}

function hexOf(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}

const COLUMNS = ['time', 'id', 'ecu', 'kind', 'service', 'pids', 'values', 'dtcs', 'vin'] as const;

/** The heading of the lines that {@link obdCsv} makes. */
export function obdCsvHeading(): string {
  return `${COLUMNS.join()}\r\n`;
}

/** The same as comma-separated values: lists have spaces between, values are `name=value`. @see RFC 4180 */
export function obdCsv(line: ObdLine): string {
  const cells = COLUMNS.map((column) => cellOf(column === 'time' ? (line.time ?? line.timeMs) : line[column]));
  return `${cells.join()}\r\n`;
}

/** Words, numbers and codes only: nothing that would need quotes. */
function cellOf(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(' ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}=${each}`)
    .join(' ');
}
