import type { ElmBus } from './elm-protocol.ts';

/**
 * Whether the last byte of a message of the older buses is right: the sum of the others, or on J1850 a CRC of 8 bits.
 *
 * @see SAE J1850, clause 5.4; ISO 9141-2; ISO 14230-2
 */
export function hasGoodChecksum(bytes: Uint8Array, bus: ElmBus): boolean {
  return busChecksum(bytes.subarray(0, -1), bus) === bytes.at(-1);
}

/** Of the header and data of a message. */
export function busChecksum(bytes: Uint8Array, bus: ElmBus): number {
  return bus === 'j1850' ? crcOf(bytes) : bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0);
}

const POLYNOMIAL = 0x1d;

function crcOf(bytes: Uint8Array): number {
  let crc = 0xff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80 ? (crc << 1) ^ POLYNOMIAL : crc << 1) & 0xff;
  }
  return crc ^ 0xff;
}
