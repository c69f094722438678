import { type CanFrame, isCanFdLength, isCanId, MAX_CAN_DATA_BYTES } from '#devices/can/can-frame.ts';
import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { CanLogRecord, CanLogRejection } from './can-log-record.ts';

/** A CAN FD frame in binary digits, with its ASCII, has some 700 characters. */
export const MAX_CANDUMP_SCREEN_CHARS = 800;

const SCREEN =
  //     time                interface  extra: direction, bit rate switch, error state    id                    length     code
  /^\s*(?:\(([^)]{1,40})\)\s+)?(\S{1,32})\s+(?:(RX|TX)\s+([B-])\s+[E-]\s+)?([0-9A-F]{3}|[0-9A-F]{8})\s+\[(\d{1,2})\](?:\s+\{[0-9A-F]\})?(.*)$/;
const ERROR_FLAG = 0x2000_0000;

/**
 * Parses one line of what candump prints on a screen, whatever it was told to add.
 *
 * ```text
 *  (1436509052.249713)  can0  RX - -  123   [2]  11 22             '."'
 *   can0  18FEF100   [4]  remote request
 *   can0  123  [08]  11 22 33 44 55 66 77 88                       two digits: CAN FD
 *   can0  20000004   [8]  00 08 00 00 00 00 00 00   ERRORFRAME
 * ```
 * @see can-utils, candump(1), without `-l` and `-L`
 */
export function parseCandumpScreenLine(line: string): Decoded<CanLogRecord, CanLogRejection> {
  if (line.length > MAX_CANDUMP_SCREEN_CHARS) return rejected('too-long');
  const match = SCREEN.exec(line);
  if (match === null) return rejected('not-a-record');
  const [, time, channel = '', direction, brs, digits = '', length = '', rest = ''] = match;
  const isExtended = digits.length > 3;
  const id = Number.parseInt(digits, 16);
  if (isExtended && (id & ERROR_FLAG) !== 0) return rejected('error-frame');
  if (!isCanId(id, isExtended)) return rejected('bad-id');
  const isFd = length.length === 2;
  const sizeBytes = Number(length);
  if (isFd ? !isCanFdLength(sizeBytes) : sizeBytes > MAX_CAN_DATA_BYTES) return rejected('bad-length');
  const isRemote = /^\s*remote request\s*$/.test(rest);
  const data = isRemote ? decoded(new Uint8Array(0)) : readBytes(rest, sizeBytes);
  if (!data.isDecoded) return data;
  const classical: CanFrame = { id, isExtended, isRemote, data: data.value };
  const frame = isFd ? { ...classical, isFd, isBitrateSwitched: brs === 'B' } : classical;
  const timeMs = time === undefined ? undefined : readTime(time);
  return decoded({
    frame,
    ...(timeMs === undefined ? {} : { timeMs }),
    channel,
    ...(direction === undefined ? {} : { direction: direction === 'TX' ? ('tx' as const) : ('rx' as const) }),
  });
}

function readBytes(rest: string, sizeBytes: number): Decoded<Uint8Array, 'bad-data' | 'bad-length'> {
  const [, text = '', tail = ''] = /^((?:\s{1,2}(?:[0-9A-F]{2}|[01]{8})(?=\s|$))*)(.*)$/.exec(rest) ?? [];
  if (!/^(?:\s*|\s+'.*')$/.test(tail)) return rejected('bad-data');
  const words = text.trim() === '' ? [] : text.trim().split(/\s+/);
  if (words.length !== sizeBytes) return rejected('bad-length');
  return decoded(Uint8Array.from(words, (word) => Number.parseInt(word, word.length === 8 ? 2 : 16)));
}

/** Seconds; or a date, which candump prints in the local time of a place that it does not name: taken as UTC. */
function readTime(text: string): number | undefined {
  const [, seconds, micros] = /^(\d{1,12})\.(\d{6})(?:\d{3})?$/.exec(text) ?? [];
  if (seconds !== undefined) return Number(seconds) * 1000 + Number(micros) / 1000;
  const [, date, clock, fraction] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\.(\d{6})(?:\d{3})?$/.exec(text) ?? [];
  if (date === undefined) return undefined;
  const dateMs = Date.parse(`${date}T${clock}Z`);
  return Number.isNaN(dateMs) ? undefined : dateMs + Number(fraction) / 1000;
}
