import { describe, expect, it } from 'vitest';
import type { DbcSignal } from '#devices/can/dbc/dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { SignalValues } from '#devices/can/dbc/signal-values.ts';
import { compileAbsence } from './absence-rule.ts';

const SIGNAL: DbcSignal = {
  ...{ name: 'S', startBit: 0, length: 8, byteOrder: 'intel', isSigned: false, valueType: 'integer', factor: 1 },
  ...{ offset: 0, labels: new Map(), receivers: [], attributes: new Map() },
};

function ruleOf(signals: readonly Partial<DbcSignal>[], id = 0x18fef100) {
  return compileAbsence({
    ...{ id, isExtended: true, name: 'M', sizeBytes: 8, transmitters: [], attributes: new Map() },
    signals: signals.map((signal) => ({ ...SIGNAL, ...signal })),
  });
}

/** Whether raw values of a signal are absent. */
function judge(signal: Partial<DbcSignal>, ...raws: readonly (number | bigint)[]): readonly boolean[] {
  const rule = ruleOf([signal]);
  return raws.map((raw) => rule.isAbsent(0, raw));
}

describe('the top of a range is absent [J1939-71 5.1]', () => {
  it.each([
    [2, [0, 1], [2, 3]],
    [3, [0, 5], [6, 7]],
    [4, [0, 13], [14, 15]],
    [5, [29], [30, 31]],
    [7, [125], [126, 127]],
    [8, [0, 250], [251, 253, 254, 255]],
    [10, [1003], [1004, 1016, 1020, 1023]],
    [12, [0xfaf], [0xfb0, 0xfe0, 0xff0, 0xfff]],
    [16, [0, 0xfaff], [0xfb00, 0xfdff, 0xfe00, 0xfeff, 0xff00, 0xffff]],
    [24, [0xfaffff], [0xfb0000, 0xffffff]],
    [32, [0xfaff_ffff], [0xfb00_0000, 0xfe00_0000, 0xffff_ffff]],
    [64, [0xfa00_0000_0000_0000n], [0xfe00_0000_0000_0000n, 0xffff_ffff_ffff_ffffn]],
  ])('%i bits', (length, values, absent) => {
    expect(judge({ length }, ...values)).toEqual(values.map(() => false));
    expect(judge({ length }, ...absent)).toEqual(absent.map(() => true));
  });

  it('never in one bit', () => {
    expect(judge({ length: 1 }, 0, 1)).toEqual([false, false]);
  });

  it('also where the DBC has a text for error and not available, not where it names a specific value', () => {
    const text = (...raws: readonly bigint[]) => new Map(raws.map((raw) => [raw, 'text'] as const));
    expect(judge({ length: 2, labels: text(2n, 3n) }, 2, 3)).toEqual([true, true]);
    expect(judge({ length: 8, labels: text(251n, 254n, 255n) }, 251, 252, 254, 255)).toEqual([false, true, true, true]);
  });

  it('of a signed signal only when all bits are ones', () => {
    expect(judge({ length: 16, isSigned: true }, -1, -2, 0x7fff, 0)).toEqual([true, false, false, false]);
    expect(judge({ length: 64, isSigned: true }, -1n)).toEqual([true]);
  });

  it.each(['ASCII', 'MessageCounter', 'MessageChecksum', 'DTC'])('not in a signal of type %s', (type) => {
    expect(judge({ attributes: new Map([['SigType', type]]) }, 255)).toEqual([false]);
  });

  it('not in floats, nor in the fields of an address claim', () => {
    expect(judge({ length: 32, valueType: 'float' }, Number.NaN, 1e30, 4e9)).toEqual([false, false, false]);
    expect(ruleOf([{ length: 8 }], 0x18eeff00).isAbsent(0, 255)).toBe(false);
  });
});

it('takes absent signals out of values that were read, and leaves the others', () => {
  const rule = ruleOf([{ length: 8 }, { length: 16 }, { length: 2 }, { length: 8 }]);
  const values = new SignalValues(4);
  values.raw.set([255, 100, 3, 255]);
  values.isPresent.set([1, 1, 1, 0]);
  rule.clearAbsent(values);
  expect([...values.isPresent]).toEqual([0, 1, 0, 0]);
});

it('reads the type of a signal from its file', () => {
  const dbc = parseDbc(`VERSION ""
BO_ 2566844672 M: 8 Vector__XXX
 SG_ Text : 0|8@1+ (1,0) [0|0] "" Vector__XXX
BA_DEF_ SG_ "SigType" ENUM "Default","Range","RangeSigned","ASCII";
BA_DEF_DEF_ "SigType" "Default";
BA_ "SigType" SG_ 2566844672 Text 3;
`);
  const message = dbc.isDecoded ? dbc.value.messages[0] : undefined;
  expect(message && compileAbsence(message).isAbsent(0, 255)).toBe(false);
});
