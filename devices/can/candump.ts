import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { type CanFrame, isCanId, MAX_CAN_DATA_BYTES } from './can-frame.ts';

/** One line of a `candump -l` log. */
export interface CandumpRecord {
  /** The network interface that heard the frame: `can0`. */
  readonly interfaceName: string;
  /** Its `timestampMs` counts from the Unix epoch, with microseconds as the fraction. */
  readonly frame: CanFrame & { readonly timestampMs: number };
}

/** Why a line is no frame of a log. */
export type CandumpRejection =
  | 'too-long'
  | 'not-a-record'
  | 'fd-unsupported'
  | 'error-frame'
  | 'bad-id'
  | 'bad-data'
  | 'bad-length';

/** A CAN FD record has 180 characters at most. */
export const MAX_CANDUMP_LINE_CHARS = 256;

//               (seconds   .micros )  interface  id                           payload  direction, when asked for
const RECORD = /^\((\d{1,12})\.(\d{6})\) (\S{1,32}) ([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})#(\S*)(?: [RT])?$/;
const ERROR_FLAG = 0x2000_0000;

/**
 * Parses one line without its line ending.
 *
 * ```text
 * (1436509052.249713) vcan0 044#2A366C2BBA     base frame: 3 digits of identifier
 * (1436509052.449847) vcan0 18FEF100#FFFF      extended frame: 8 digits
 * (1436509052.849811) vcan0 123#R4             remote frame, with or without its length
 * ```
 * @see can-utils, `lib.h`, "CAN frame in ASCII hex"
 */
export function parseCandumpLine(line: string): Decoded<CandumpRecord, CandumpRejection> {
  if (line.length > MAX_CANDUMP_LINE_CHARS) return rejected('too-long');
  const match = RECORD.exec(line);
  if (match === null) return rejected('not-a-record');
  const [, seconds, micros, interfaceName = '', digits = '', payload = ''] = match;
  if (payload.startsWith('#')) return rejected('fd-unsupported');
  const isExtended = digits.length > 3;
  const id = Number.parseInt(digits, 16);
  // Error frames of the kernel are no traffic of the bus: their identifier is a set of flags.
  if (isExtended && (id & ERROR_FLAG) !== 0) return rejected('error-frame');
  if (!isCanId(id, isExtended)) return rejected('bad-id');
  const isRemote = /^R[0-8]?$/.test(payload);
  if (!isRemote && !/^(?:[0-9A-Fa-f]{2})*$/.test(payload)) return rejected('bad-data');
  if (!isRemote && payload.length > 2 * MAX_CAN_DATA_BYTES) return rejected('bad-length');
  const data = Uint8Array.from(Buffer.from(isRemote ? '' : payload, 'hex'));
  const timestampMs = Number(seconds) * 1000 + Number(micros) / 1000;
  return decoded({ interfaceName, frame: { id, isExtended, isRemote, data, timestampMs } });
}

/** The inverse of {@link parseCandumpLine}: no line ending. */
export function encodeCandumpLine(record: CandumpRecord): string {
  const { frame, interfaceName } = record;
  const totalMicros = Math.round(frame.timestampMs * 1000);
  const seconds = String(Math.floor(totalMicros / 1e6)).padStart(10, '0');
  const micros = String(totalMicros % 1e6).padStart(6, '0');
  const id = frame.id
    .toString(16)
    .toUpperCase()
    .padStart(frame.isExtended ? 8 : 3, '0');
  const payload = frame.isRemote ? 'R' : Buffer.from(frame.data).toString('hex').toUpperCase();
  return `(${seconds}.${micros}) ${interfaceName} ${id}#${payload}`;
}
