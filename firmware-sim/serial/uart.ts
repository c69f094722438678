/** Bits that carry a byte: a start bit, eight data bits, a stop bit. */
export const BITS_PER_BYTE = 10;

/** How long bytes are on a line of that speed. */
export function uartMs(sizeBytes: number, baud: number): number {
  return (sizeBytes * BITS_PER_BYTE * 1000) / baud;
}

/**
 * What a UART makes of bytes that were sent at one speed and are read at another: it waits for the edge of a start bit, looks at the
 * line in the middle of each bit that it expects, and gives a byte of 0 where the stop bit is missing, as a terminal does that does
 * not ask for framing errors. The line is idle before and after.
 *
 * @param bytes sent without a pause; the line carries 8N1
 */
export function readAtSpeed(bytes: Uint8Array, sentBaud: number, readBaud: number): Uint8Array {
  if (sentBaud === readBaud) return bytes;
  // Times are counted in bits of the sender.
  const readBit = sentBaud / readBaud;
  const endBit = bytes.length * BITS_PER_BYTE;
  const received: number[] = [];
  for (let edge = fallingEdge(bytes, 0); edge < endBit; ) {
    const sample = (index: number) => levelAt(bytes, edge + (index + 0.5) * readBit);
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) byte |= sample(bit + 1) << bit;
    const isFramed = sample(9) === 1;
    received.push(isFramed ? byte : 0);
    edge = fallingEdge(bytes, edge + 9.5 * readBit);
  }
  return Uint8Array.from(received);
}

/** High is 1: the idle line, stop bits, and ones. */
function levelAt(bytes: Uint8Array, bitTime: number): 0 | 1 {
  const index = Math.floor(bitTime / BITS_PER_BYTE);
  const byte = bytes[index];
  if (byte === undefined) return 1;
  const bit = Math.floor(bitTime) - index * BITS_PER_BYTE;
  if (bit === 0) return 0;
  return bit === BITS_PER_BYTE - 1 || (byte >> (bit - 1)) & 1 ? 1 : 0;
}

/** The next time at or after `fromBit` when the line goes from high to low; the end of the bytes if it does not. */
function fallingEdge(bytes: Uint8Array, fromBit: number): number {
  const endBit = bytes.length * BITS_PER_BYTE;
  let bit = Math.ceil(fromBit);
  while (bit < endBit && !(levelAt(bytes, bit) === 0 && (bit === 0 || levelAt(bytes, bit - 1) === 1))) bit += 1;
  return Math.min(bit, endBit);
}
