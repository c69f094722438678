import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { readText, writeText } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-MON-VER, what a receiver is. Answers a poll; states no time. */
export interface MonVer {
  readonly type: 'MON-VER';
  readonly softwareVersion: string;
  readonly hardwareVersion: string;
  /** `PROTVER=18.00`, `MOD=ZED-F9P`, …: as the receiver puts them. */
  readonly extensions: readonly string[];
}

/**
 * ```text
 *  0          30         40 + 30 n
 *  swVersion  hwVersion  extension
 * ```
 * @see u-blox M8 interface description, UBX-MON-VER (0A 04)
 */
export function decodeMonVer(payload: DataView): Decoded<MonVer, UbxRejection> {
  const count = (payload.byteLength - HEADER_BYTES) / EXTENSION_BYTES;
  if (count < 0 || !Number.isInteger(count)) return rejected('wrong-length');
  const extensions = Array.from({ length: count }, (_, index) =>
    readText(payload, HEADER_BYTES + index * EXTENSION_BYTES, EXTENSION_BYTES),
  );
  return decoded({
    type: 'MON-VER',
    softwareVersion: readText(payload, 0, SOFTWARE_BYTES),
    hardwareVersion: readText(payload, SOFTWARE_BYTES, HARDWARE_BYTES),
    extensions,
  });
}

/** The inverse of {@link decodeMonVer}; texts that are too long are cut. */
export function encodeMonVer(message: MonVer): DataView {
  const payload = new DataView(new ArrayBuffer(HEADER_BYTES + message.extensions.length * EXTENSION_BYTES));
  writeText(payload, 0, SOFTWARE_BYTES, message.softwareVersion);
  writeText(payload, SOFTWARE_BYTES, HARDWARE_BYTES, message.hardwareVersion);
  for (const [index, extension] of message.extensions.entries()) {
    writeText(payload, HEADER_BYTES + index * EXTENSION_BYTES, EXTENSION_BYTES, extension);
  }
  return payload;
}

const SOFTWARE_BYTES = 30;
const HARDWARE_BYTES = 10;
const HEADER_BYTES = SOFTWARE_BYTES + HARDWARE_BYTES;
const EXTENSION_BYTES = 30;
