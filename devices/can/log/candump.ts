import type { CanErrorFrame } from '#devices/can/can-error-frame.ts';
import { type CanFrame, isCanId, MAX_CAN_DATA_BYTES, MAX_CAN_FD_DATA_BYTES } from '#devices/can/can-frame.ts';
import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { CanLogRecord, CanLogRejection } from './can-log-record.ts';

/** One line of a `candump -l` log. */
export interface CandumpRecord extends CanLogRecord {
  /** Since the Unix epoch, with microseconds as the fraction; the same as the frame's `timestampMs`. */
  readonly timeMs: number;
  /** The network interface that heard the frame: `can0`. */
  readonly channel: string;
}

/** A CAN FD record has 180 characters at most. */
export const MAX_CANDUMP_LINE_CHARS = 256;

//               (seconds   .micros or nanos)    interface  id                           payload  extra: direction, flags
const RECORD =
  /^\((\d{1,12})\.(\d{6}|\d{9})\) (\S{1,32}) ([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})#(\S*)(?: ([RT])(?: .{0,8})?)?$/;
const ERROR_FLAG = 0x2000_0000;
/** Bit of the digit that follows `##`: the data was sent at the faster rate. */
const BITRATE_SWITCH = 1;

/**
 * Parses one line without its line ending.
 *
 * ```text
 * (1436509052.249713) vcan0 044#2A366C2BBA     base frame: 3 digits of identifier
 * (1436509052.449847) vcan0 18FEF100#FFFF      extended frame: 8 digits
 * (1436509052.849811) vcan0 123#R4             remote frame, with or without its length
 * (1436509052.849811) vcan0 123##1AABBCC       CAN FD: a digit of flags before the data
 * (1436509052.849811) vcan0 20000004#0008…     error frame: refused here, see parseCandumpError
 * ```
 * @see can-utils, `lib.h`, "CAN frame in ASCII hex"
 */
export function parseCandumpLine(line: string): Decoded<CandumpRecord, CanLogRejection> {
  if (line.length > MAX_CANDUMP_LINE_CHARS) return rejected('too-long');
  const match = RECORD.exec(line);
  if (match === null) return rejected('not-a-record');
  const [, seconds, fraction = '', channel = '', digits = '', payload = '', letter] = match;
  const isExtended = digits.length > 3;
  const id = Number.parseInt(digits, 16);
  if (isExtended && (id & ERROR_FLAG) !== 0) return rejected('error-frame');
  if (!isCanId(id, isExtended)) return rejected('bad-id');
  const timestampMs = Number(seconds) * 1000 + Number(fraction) / (fraction.length > 6 ? 1e6 : 1e3);
  const body = parsePayload(payload);
  if (!body.isDecoded) return body;
  const frame = { id, isExtended, ...body.value, timestampMs };
  const direction = letter === undefined ? {} : { direction: letter === 'T' ? ('tx' as const) : ('rx' as const) };
  return decoded({ frame, timeMs: timestampMs, channel, ...direction });
}

type Body = Pick<CanFrame, 'isRemote' | 'data' | 'isFd' | 'isBitrateSwitched'>;

function parsePayload(payload: string): Decoded<Body, 'bad-data' | 'bad-length'> {
  // `_9` to `_F` behind 8 bytes is the length code that was sent, which says nothing of the data.
  if (/^R[0-8]?(?:_[9A-Fa-f])?$/.test(payload)) return decoded({ isRemote: true, data: new Uint8Array(0) });
  const isFd = payload.startsWith('#');
  const hex = isFd ? payload.slice(2) : payload.replace(/_[9A-Fa-f]$/, '');
  if (!/^(?:[0-9A-Fa-f]{2})*$/.test(hex) || (isFd && !/^#[0-9A-Fa-f]/.test(payload))) return rejected('bad-data');
  const sizeBytes = hex.length / 2;
  // Logs are made by hand and by tools too: in CAN FD not only of the lengths that a bus carries.
  if (sizeBytes > (isFd ? MAX_CAN_FD_DATA_BYTES : MAX_CAN_DATA_BYTES)) return rejected('bad-length');
  const data = Uint8Array.from(Buffer.from(hex, 'hex'));
  if (!isFd) return decoded({ isRemote: false, data });
  const isBitrateSwitched = (Number.parseInt(payload.charAt(1), 16) & BITRATE_SWITCH) !== 0;
  return decoded({ isRemote: false, data, isFd, isBitrateSwitched });
}

/** What the controller says in a line that {@link parseCandumpLine} refuses as `error-frame`. */
export function parseCandumpError(line: string): CanErrorFrame | undefined {
  const [, , , , digits = '', payload = ''] = RECORD.exec(line) ?? [];
  const flags = Number.parseInt(digits, 16);
  if (digits.length < 8 || (flags & ERROR_FLAG) === 0 || !/^(?:[0-9A-Fa-f]{2}){0,8}$/.test(payload)) return undefined;
  return { classes: flags & ~ERROR_FLAG & 0x1fff_ffff, data: Uint8Array.from(Buffer.from(payload, 'hex')) };
}

/** The inverse of {@link parseCandumpLine}: no line ending. */
export function encodeCandumpLine(record: Omit<CandumpRecord, 'direction'>): string {
  const { frame, channel, timeMs } = record;
  const totalMicros = Math.round(timeMs * 1000);
  const seconds = String(Math.floor(totalMicros / 1e6)).padStart(10, '0');
  const micros = String(totalMicros % 1e6).padStart(6, '0');
  const id = frame.id
    .toString(16)
    .toUpperCase()
    .padStart(frame.isExtended ? 8 : 3, '0');
  const flags = frame.isFd === true ? `#${frame.isBitrateSwitched === true ? BITRATE_SWITCH : 0}` : '';
  const payload = frame.isRemote ? 'R' : flags + Buffer.from(frame.data).toString('hex').toUpperCase();
  return `(${seconds}.${micros}) ${channel} ${id}#${payload}`;
}
