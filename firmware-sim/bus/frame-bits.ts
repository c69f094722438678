import type { CanFrame } from '#devices/can/can-frame.ts';

/**
 * How long a classical frame is on the bus, in bits: from its start of frame to the end of the pause after it, with the bits that are
 * stuffed in. Divided by the bit rate it is the time that no other frame can have.
 *
 * @see ISO 11898-1, 10.4 (frame formats) and 10.5 (bit stuffing)
 */
export function frameBits({ data, id, isExtended, isRemote }: CanFrame): number {
  const line = new StuffedLine();
  const remote = isRemote ? 1 : 0;
  line.put(0, 1);
  if (isExtended) {
    line.put(id >>> EXTENSION_BITS, BASE_ID_BITS);
    // The substitute for the remote bit of a base frame, and the mark of the extended one.
    line.put(0b11, 2);
    line.put(id & (2 ** EXTENSION_BITS - 1), EXTENSION_BITS);
    line.put(remote, 1);
    line.put(0, 2);
  } else {
    line.put(id, BASE_ID_BITS);
    line.put(remote, 1);
    line.put(0, 2);
  }
  line.put(data.length, 4);
  for (const byte of data) line.put(byte, 8);
  line.put(line.crc, CRC_BITS);
  return line.bitCount + UNSTUFFED_BITS;
}

const BASE_ID_BITS = 11;
const EXTENSION_BITS = 18;
const CRC_BITS = 15;
const CRC_POLYNOMIAL = 0x4599;
/** After so many equal bits one of the other kind follows. */
const EQUAL_BITS = 5;
/** CRC delimiter, acknowledgement and its delimiter, seven bits of end, three of pause. */
const UNSTUFFED_BITS = 13;

/** Counts what is put on the line, stuffed, and keeps the check sum of what is put. */
class StuffedLine {
  bitCount = 0;
  crc = 0;
  #last = -1;
  #equalCount = 0;

  /** @param count the lowest bits, the highest of them first */
  put(bits: number, count: number): void {
    for (let shift = count - 1; shift >= 0; shift--) {
      const bit = (bits >>> shift) & 1;
      const isFlipped = bit !== this.crc >>> (CRC_BITS - 1);
      this.crc = ((this.crc << 1) & 0x7fff) ^ (isFlipped ? CRC_POLYNOMIAL : 0);
      this.#send(bit);
      if (this.#equalCount === EQUAL_BITS) this.#send(1 - bit);
    }
  }

  #send(bit: number): void {
    this.bitCount += 1;
    this.#equalCount = bit === this.#last ? this.#equalCount + 1 : 1;
    this.#last = bit;
  }
}
