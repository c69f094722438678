import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutGnssCapture, MAX_PIECE_BYTES } from './gnss-capture.ts';

it('loses no byte and adds none, whatever the capture holds', () => {
  const line = fc.string({ maxLength: 40 }).map((text) => `${text}\n`);
  const captures = fc.oneof(
    fc.uint8Array({ maxLength: 3000, size: 'large' }),
    fc.array(line).map((lines) => Uint8Array.from(Buffer.from(lines.join(''), 'latin1'))),
  );
  fc.assert(
    fc.property(captures, (capture) => {
      const pieces = [...cutGnssCapture(capture)].map((piece) => piece.bytes());
      expect(Buffer.concat(pieces)).toEqual(Buffer.from(capture));
      expect(pieces.every(({ length }) => length > 0 && length <= MAX_PIECE_BYTES)).toBe(true);
    }),
  );
});
