import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeDiagnosticMessage, decodeDtc, encodeDiagnosticMessage, encodeDtc } from './diagnostic-message.ts';
import { decodeLamps, encodeLamps, type LampState } from './lamps.ts';

function read(hex: string) {
  const message = decodeDiagnosticMessage(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  return message.isDecoded ? message.value : message.reason;
}

it('reads the example of the standard: SPN 1208, FMI 3, ten times [J1939-73 5.7.1]', () => {
  expect(read('00FF B804030A FFFF')).toMatchObject({
    dtcs: [{ spn: 1208, fmi: 3, occurrenceCount: 10, conversionMethod: 0, bits: 0x0a0304b8 }],
    content: 'dtcs',
  });
});

it('reads all 19 bits of an SPN, and an occurrence count that is not kept', () => {
  expect(read('04FF 00F0EF7F FFFF')).toMatchObject({ dtcs: [{ spn: 0x7f000, fmi: 15 }] });
  expect(read('04FF 00F0EF7F FFFF')).not.toHaveProperty('dtcs.0.occurrenceCount');
});

it('does not tell an SPN where the conversion method leaves three layouts', () => {
  const dtc = decodeDtc(0x8a0304b8);
  expect(dtc).toMatchObject({ conversionMethod: 1, fmi: 3, occurrenceCount: 10 });
  expect(dtc).not.toHaveProperty('spn');
});

it.each([
  ['the word of a node that it has none', '00FF 00000000 FFFF', 'none'],
  ['the same without a lamp', 'FFFF 00000000 FFFF', 'none'],
  ['zeros throughout', '0000 00000000 0000', 'none'],
  ['zeros, but a lamp is on', '40FF 00000000 FFFF', 'blank'],
  ['ones instead of a code, from older nodes', '00FF FFFFFFFF FFFF', 'blank'],
  ['nothing but ones', 'FFFF FFFFFFFF FFFF', 'notAvailable'],
])('takes no code from %s', (_, hex, content) => {
  expect(read(hex)).toMatchObject({ dtcs: [], content });
});

it.each([
  ['no bytes', ''],
  ['lamps alone', '00FF'],
  ['a code cut short', '00FF B80403'],
])('rejects %s', (_, hex) => {
  expect(read(hex)).toBe('short-diagnostic');
});

it('passes over filling among codes, and an odd rest behind them', () => {
  const message = read('00FF B804030A 00000000 FFFFFFFF 6E000501 FF');
  expect(message).toMatchObject({ dtcs: [{ spn: 1208 }, { spn: 110, fmi: 5, occurrenceCount: 1 }] });
});

it('reads lamps and how they flash', () => {
  expect(decodeLamps(0b01_01_01_00, 0b11_00_01_11)).toEqual({
    malfunctionIndicator: 'on',
    redStop: 'slowFlash',
    amberWarning: 'fastFlash',
    protect: 'off',
  });
  expect(decodeLamps(0b11_10_00_11, 0xff)).toEqual({ amberWarning: 'off' });
});

const lamp = fc.constantFrom<LampState>('off', 'on', 'slowFlash', 'fastFlash');
const lamps = fc.record(
  { malfunctionIndicator: lamp, redStop: lamp, amberWarning: lamp, protect: lamp },
  { requiredKeys: [] },
);
const dtcs = fc.array(
  fc
    .record(
      {
        spn: fc.integer({ min: 1, max: 0x7_ffff }),
        fmi: fc.integer({ min: 0, max: 31 }),
        occurrenceCount: fc.integer({ min: 0, max: 126 }),
      },
      { requiredKeys: ['spn', 'fmi'] },
    )
    .map((dtc) => decodeDtc(encodeDtc(dtc))),
  { maxLength: 20 },
);

it('writes back what it reads', () => {
  fc.assert(
    fc.property(lamps, dtcs, (stated, codes) => {
      expect(decodeLamps(...encodeLamps(stated))).toEqual(stated);
      const data = encodeDiagnosticMessage(stated, codes);
      expect(data.length).toBe(Math.max(8, 2 + 4 * codes.length));
      expect(decodeDiagnosticMessage(data)).toMatchObject({ value: { lamps: stated, dtcs: codes } });
    }),
  );
});

it('takes any bytes without an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (data) => {
      const message = decodeDiagnosticMessage(data);
      const dtcCount = message.isDecoded ? message.value.dtcs.length : 0;
      expect(dtcCount).toBeLessThanOrEqual(Math.max(0, Math.floor((data.length - 2) / 4)));
    }),
  );
});
