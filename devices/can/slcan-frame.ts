import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { type CanFrame, isCanId, MAX_CAN_DATA_BYTES } from './can-frame.ts';

/** Why a line that begins like a frame is none. */
export type SlcanFrameRejection = 'not-a-frame' | 'fd-unsupported' | 'bad-hex' | 'bad-id' | 'bad-length' | 'wrong-size';

const STANDARD_ID_DIGITS = 3;
const EXTENDED_ID_DIGITS = 8;
const TIMESTAMP_DIGITS = 4;

/**
 * ```text
 * tiiildd…[ssss]        t base, T extended; r and R are their remote frames, without data
 *  |  ||   '- milliseconds of the adapter's clock, when switched on by Z1
 *  |  |'- data, two hex digits a byte
 *  |  '- data length, 0 to 8
 *  '- identifier: 3 hex digits, extended 8
 * ```
 * @param line without its CR
 * @see Lawicel CANUSB manual 1.3, section 2.2
 */
export function decodeSlcanFrame(line: Uint8Array): Decoded<CanFrame, SlcanFrameRejection> {
  const kind = String.fromCharCode(line[0] ?? 0);
  if ('dDbB'.includes(kind)) return rejected('fd-unsupported');
  if (!'tTrR'.includes(kind)) return rejected('not-a-frame');
  const isExtended = kind === 'T' || kind === 'R';
  const isRemote = kind === 'r' || kind === 'R';
  const idEnd = 1 + (isExtended ? EXTENDED_ID_DIGITS : STANDARD_ID_DIGITS);
  if (line.length <= idEnd) return rejected('wrong-size');
  const id = readHex(line, 1, idEnd);
  const sizeBytes = readHex(line, idEnd, idEnd + 1);
  if (id < 0 || sizeBytes < 0) return rejected('bad-hex');
  if (!isCanId(id, isExtended)) return rejected('bad-id');
  if (sizeBytes > MAX_CAN_DATA_BYTES) return rejected('bad-length');

  const data = new Uint8Array(isRemote ? 0 : sizeBytes);
  const dataEnd = idEnd + 1 + 2 * data.length;
  const hasTimestamp = line.length === dataEnd + TIMESTAMP_DIGITS;
  if (line.length !== dataEnd && !hasTimestamp) return rejected('wrong-size');
  for (let index = 0; index < data.length; index++) {
    const start = idEnd + 1 + 2 * index;
    const byte = readHex(line, start, start + 2);
    if (byte < 0) return rejected('bad-hex');
    data[index] = byte;
  }
  if (!hasTimestamp) return decoded({ id, isExtended, isRemote, data });
  const timestampMs = readHex(line, dataEnd, line.length);
  return timestampMs < 0 ? rejected('bad-hex') : decoded({ id, isExtended, isRemote, data, timestampMs });
}

/**
 * The inverse of {@link decodeSlcanFrame}, with its CR: what an adapter sends for a received frame, and what a host sends to transmit one.
 * A timestamp is reduced to the adapter's minute; a frame without one gets 0.
 */
export function encodeSlcanFrame(frame: CanFrame, options: { readonly withTimestamp?: boolean } = {}): Uint8Array {
  const kind = frame.isRemote ? 'r' : 't';
  const id = frame.id.toString(16).toUpperCase();
  const head = frame.isExtended
    ? kind.toUpperCase() + id.padStart(EXTENDED_ID_DIGITS, '0')
    : kind + id.padStart(STANDARD_ID_DIGITS, '0');
  const data = Buffer.from(frame.data).toString('hex').toUpperCase();
  const clockMs = Math.floor(frame.timestampMs ?? 0) % SLCAN_CLOCK_PERIOD_MS;
  const timestamp = options.withTimestamp === true ? clockMs.toString(16).toUpperCase().padStart(4, '0') : '';
  return Buffer.from(`${head}${frame.data.length}${data}${timestamp}\r`, 'latin1');
}

/** An adapter's clock starts again each minute. */
export const SLCAN_CLOCK_PERIOD_MS = 60_000;

/** The number of up to 8 hex digits, or -1: no allocation, since this runs for every frame of a bus. */
function readHex(line: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index++) {
    const digit = HEX_DIGITS[line[index] ?? 0] ?? -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** The value of each ASCII hex digit, -1 for every other byte. */
const HEX_DIGITS = Int8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[0-9A-Fa-f]/.test(character) ? Number.parseInt(character, 16) : -1;
});
