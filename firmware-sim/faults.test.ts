import { describe, expect, it } from 'vitest';
import { composeGarbage } from './faults.ts';

describe('composeGarbage', () => {
  it.each([
    ['a sentence', Buffer.from('$GPGGA,123519,*47\r\n')],
    [
      'a frame that holds in its middle what damages sentences',
      Buffer.from([0xb5, 0x62, 0x3f, 0x3f, 0x3f, 0x3f, 0x01]),
    ],
  ])('damages %s', (_, piece) => {
    const garbage = Buffer.from(composeGarbage(piece, () => 0.5));
    expect(garbage.length).toBeGreaterThan(piece.length + 100);
    expect(garbage.includes(piece)).toBe(false);
  });
});
