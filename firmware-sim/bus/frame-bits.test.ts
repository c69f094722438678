import { describe, expect, it } from 'vitest';
import { frameBits } from './frame-bits.ts';

function frame(id: number, isExtended: boolean, data: readonly number[], isRemote = false) {
  return { id, isExtended, isRemote, data: Uint8Array.from(data) };
}

describe('frameBits', () => {
  it.each([
    ['a base frame of 8 bytes', frame(0x555, false, [0x55, 0xaa, 0x55, 0xaa, 0x55, 0xaa, 0x55, 0xaa]), 111],
    ['an extended frame of 8 bytes', frame(0x15555555, true, [0x55, 0xaa, 0x55, 0xaa, 0x55, 0xaa, 0x55, 0xaa]), 131],
    ['an empty base frame', frame(0x555, false, []), 47],
  ])('is at least what the format needs: %s', (_, given, leastBits) => {
    expect(frameBits(given)).toBeGreaterThanOrEqual(leastBits);
    expect(frameBits(given)).toBeLessThan(leastBits + 8);
  });

  it('counts the bits that are stuffed in', () => {
    // Fifteen zeros before the length, 67 after its one: a bit is stuffed in after each five of them. The check sum has no such run.
    expect(frameBits(frame(0, false, new Array<number>(8).fill(0)))).toBe(111 + 16);
    expect(frameBits(frame(0x7ff, false, new Array<number>(8).fill(0xff)))).toBeGreaterThan(111 + 14);
  });

  it('never passes the worst case of the format', () => {
    for (let byte = 0; byte < 256; byte++) {
      const bits = frameBits(frame(byte * 8, false, new Array<number>(8).fill(byte)));
      expect(bits).toBeLessThanOrEqual(111 + Math.floor((34 + 64 - 1) / 4));
    }
  });
});
