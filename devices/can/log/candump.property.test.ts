import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeCandumpLine, parseCandumpLine } from './candump.ts';

it('reads back the lines it writes, to the microsecond', () => {
  const records = fc
    .record({ isExtended: fc.boolean(), isRemote: fc.boolean(), bits: fc.nat(0x1fff_ffff), micros: fc.nat(4e15) })
    .chain(({ isExtended, isRemote, bits, micros }) =>
      fc.uint8Array({ maxLength: isRemote ? 0 : 8 }).map((data) => ({
        channel: 'can0',
        timeMs: micros / 1000,
        frame: { id: isExtended ? bits : bits & 0x7ff, isExtended, isRemote, data, timestampMs: micros / 1000 },
      })),
    );
  fc.assert(
    fc.property(records, (record) => {
      const line = encodeCandumpLine(record);
      const parsed = parseCandumpLine(line);
      expect(parsed).toMatchObject({
        isDecoded: true,
        value: { frame: { ...record.frame, timestampMs: expect.anything() } },
      });
      expect(parsed.isDecoded && encodeCandumpLine(parsed.value)).toBe(line);
    }),
  );
});

it('answers any line with a frame or a reason, never an exception [S1]', () => {
  const lines = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((tail) => `(166.000000) can0 123#${tail}`),
  );
  fc.assert(
    fc.property(lines, (line) => {
      const result = parseCandumpLine(line);
      expect(result.isDecoded ? result.value.frame.data.length <= 8 : typeof result.reason === 'string').toBe(true);
    }),
  );
});
