import {
  CAN_FD_LENGTHS,
  type CanFrame,
  MAX_CAN_DATA_BYTES,
  MAX_EXTENDED_ID,
  MAX_STANDARD_ID,
} from '#devices/can/can-frame.ts';
import { type Decoded, decoded, rejected } from '#devices/decoded.ts';

/** Why a line that begins like a frame is none. */
export type SlcanFrameRejection = 'not-a-frame' | 'bad-hex' | 'bad-id' | 'bad-length' | 'wrong-size';

const STANDARD_ID_DIGITS = 3;
const EXTENDED_ID_DIGITS = 8;
/** Milliseconds, of Lawicel's adapters and most others. */
const MS_TIMESTAMP_DIGITS = 4;
/** Microseconds, of newer firmware for CANable 2 after `Z2`. */
const US_TIMESTAMP_DIGITS = 8;

/**
 * ```text
 * tiiildd…[ssss]        t base, T extended; r and R are their remote frames, without data
 *  |  ||   '- the adapter's clock: 4 digits of milliseconds, or 8 of microseconds, when switched on
 *  |  |'- data, two hex digits a byte
 *  |  '- data length code: 0 to 8, in CAN FD up to F
 *  '- identifier: 3 hex digits, extended 8
 * d and D are frames of CAN FD, base and extended; b and B those whose data is sent at the faster rate
 * ```
 * The length says where the data ends, so that what follows it can only be a timestamp.
 *
 * @param line without its CR
 * @see Lawicel CANUSB manual 1.3, section 2.2; for CAN FD the command reference of CANable 2
 */
export function decodeSlcanFrame(line: Uint8Array): Decoded<CanFrame, SlcanFrameRejection> {
  const frame = readSlcanFrame(line, 0, line.length);
  return typeof frame === 'string' ? rejected(frame) : decoded(frame);
}

/**
 * {@link decodeSlcanFrame} of the bytes from `start` up to `end`, without a wrapper: this runs for every frame of a bus.
 *
 * @param scratch where the data goes, by its length code; absent: it gets an array of its own
 */
export function readSlcanFrame(
  bytes: Uint8Array,
  start: number,
  end: number,
  scratch?: readonly Uint8Array[],
): CanFrame | SlcanFrameRejection {
  const kind = KINDS[bytes[start] ?? 0] ?? 0;
  if (start >= end || kind === 0) return 'not-a-frame';
  const isExtended = (kind & EXTENDED) !== 0;
  const lengthAt = start + 1 + (isExtended ? EXTENDED_ID_DIGITS : STANDARD_ID_DIGITS);
  if (lengthAt >= end) return 'wrong-size';
  const id = readHex(bytes, start + 1, lengthAt);
  const code = HEX_DIGITS[bytes[lengthAt] ?? 0] ?? -1;
  if (id < 0 || code < 0) return 'bad-hex';
  if (id > (isExtended ? MAX_EXTENDED_ID : MAX_STANDARD_ID)) return 'bad-id';
  if (code > MAX_CAN_DATA_BYTES && (kind & FD) === 0) return 'bad-length';

  const isRemote = (kind & REMOTE) !== 0;
  const dataCode = isRemote ? 0 : code;
  const sizeBytes = CAN_FD_LENGTHS[dataCode] ?? 0;
  const dataEnd = lengthAt + 1 + 2 * sizeBytes;
  const timestampDigits = end - dataEnd;
  if (timestampDigits !== 0 && timestampDigits !== MS_TIMESTAMP_DIGITS && timestampDigits !== US_TIMESTAMP_DIGITS)
    return isRemote && timestampDigits === 2 * code ? remoteFrame(bytes, dataEnd, end, id, isExtended) : 'wrong-size';
  const data = scratch?.[dataCode] ?? new Uint8Array(sizeBytes);
  if (!readBytes(bytes, lengthAt + 1, data)) return 'bad-hex';
  const timestamp = readHex(bytes, dataEnd, end);
  if (timestamp < 0) return 'bad-hex';
  const timestampMs = timestampDigits === US_TIMESTAMP_DIGITS ? timestamp / 1000 : timestamp;
  if ((kind & FD) !== 0) return fdFrame(kind, id, data, timestampDigits === 0 ? undefined : timestampMs);
  return timestampDigits === 0 ? { id, isExtended, isRemote, data } : { id, isExtended, isRemote, data, timestampMs };
}

/** CANable sends as many bytes with a remote frame as it asks for: they are nobody's data. */
function remoteFrame(bytes: Uint8Array, start: number, end: number, id: number, isExtended: boolean) {
  for (let index = start; index < end; index++) if ((HEX_DIGITS[bytes[index] ?? 0] ?? -1) < 0) return 'bad-hex';
  return { id, isExtended, isRemote: true, data: new Uint8Array(0) };
}

function fdFrame(kind: number, id: number, data: Uint8Array, timestampMs: number | undefined): CanFrame {
  const isExtended = (kind & EXTENDED) !== 0;
  const isBitrateSwitched = (kind & SWITCHED) !== 0;
  const timestamp = timestampMs === undefined ? {} : { timestampMs };
  return { id, isExtended, isRemote: false, data, ...timestamp, isFd: true, isBitrateSwitched };
}

/**
 * The inverse of {@link decodeSlcanFrame}, with its CR: what an adapter sends for a received frame, and what a host sends to transmit one.
 * A timestamp is reduced to the adapter's minute; a frame without one gets 0.
 */
export function encodeSlcanFrame(frame: CanFrame, options: { readonly withTimestamp?: boolean } = {}): Uint8Array {
  const kind = frame.isFd === true ? (frame.isBitrateSwitched === true ? 'b' : 'd') : frame.isRemote ? 'r' : 't';
  const id = frame.id.toString(16).toUpperCase();
  const head = frame.isExtended
    ? kind.toUpperCase() + id.padStart(EXTENDED_ID_DIGITS, '0')
    : kind + id.padStart(STANDARD_ID_DIGITS, '0');
  const code = CAN_FD_LENGTHS.findIndex((length) => length >= frame.data.length);
  const data = Buffer.from(frame.data).toString('hex').toUpperCase();
  const clockMs = Math.floor(frame.timestampMs ?? 0) % SLCAN_CLOCK_PERIOD_MS;
  const timestamp = options.withTimestamp === true ? clockMs.toString(16).toUpperCase().padStart(4, '0') : '';
  return Buffer.from(`${head}${code.toString(16).toUpperCase()}${data}${timestamp}\r`, 'latin1');
}

/** An adapter's clock starts again each minute. */
export const SLCAN_CLOCK_PERIOD_MS = 60_000;

const DATA = 1;
const EXTENDED = 2;
const REMOTE = 4;
const FD = 8;
const SWITCHED = 16;

/** What the first character of a frame says of it; 0 for every other byte. */
const KINDS = new Uint8Array(256);
for (const [letter, kind] of [
  ['t', DATA],
  ['r', REMOTE],
  ['d', DATA | FD],
  ['b', DATA | FD | SWITCHED],
] as const) {
  KINDS[letter.charCodeAt(0)] = kind;
  KINDS[letter.toUpperCase().charCodeAt(0)] = kind | EXTENDED;
}

/** The number of up to 8 hex digits, or -1. */
function readHex(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index++) {
    const digit = HEX_DIGITS[bytes[index] ?? 0] ?? -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** Fills `data` from pairs of hex digits. @returns false if there was another character */
function readBytes(bytes: Uint8Array, start: number, data: Uint8Array): boolean {
  let signs = 0;
  for (let index = 0, at = start; index < data.length; index++, at += 2) {
    const byte = ((HEX_DIGITS[bytes[at] ?? 0] ?? -1) << 4) | (HEX_DIGITS[bytes[at + 1] ?? 0] ?? -1);
    signs |= byte;
    data[index] = byte;
  }
  // A digit that is none is -1, which no other bits can make positive.
  return signs >= 0;
}

/** The value of each ASCII hex digit, -1 for every other byte. */
const HEX_DIGITS = Int8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[0-9A-Fa-f]/.test(character) ? Number.parseInt(character, 16) : -1;
});
