import { expect, it } from 'vitest';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { compileJ1939 } from './compile-j1939.ts';

/** Messages by name and identifier, which bit 31 makes extended. */
function fileOf(messages: Readonly<Record<string, number>>, format = 'J1939PG') {
  const lines = Object.entries(messages).map(([name, id]) => `BO_ ${id} ${name}: 8 Vector__XXX\n`);
  const text = `VERSION ""
${lines.join('\n')}
BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG";
BA_DEF_DEF_ "VFrameFormat" "${format}";
`;
  const dbc = parseDbc(text);
  if (!dbc.isDecoded) throw new Error(dbc.reason);
  return compileDbc(dbc.value);
}

const extended = (id: number) => id + 0x8000_0000;
const nameAt = (decoder: ReturnType<typeof compileJ1939>, pgn: number, source: number, destination = 255) =>
  decoder.find(pgn, source, destination)?.message.name;

it('finds a parameter group from any source, and of PDU1 to any destination', () => {
  const decoder = compileJ1939([fileOf({ EEC1: extended(0x0cf004fe), TSC1: extended(0x0c0003fe) })]);
  expect(nameAt(decoder, 61444, 0)).toBe('EEC1');
  expect(nameAt(decoder, 61444, 0x91)).toBe('EEC1');
  expect(nameAt(decoder, 0, 11)).toBe('TSC1');
  expect(nameAt(decoder, 61443, 0)).toBeUndefined();
  expect(decoder.isEmpty).toBe(false);
});

it('prefers the message of the source, else the first', () => {
  const decoder = compileJ1939([fileOf({ Engine: extended(0x18fef100), Brakes: extended(0x18fef10b) })]);
  expect([0, 0x0b, 0x21].map((source) => nameAt(decoder, 65265, source))).toEqual(['Engine', 'Brakes', 'Engine']);
});

it('prefers the message between two nodes', () => {
  const decoder = compileJ1939([fileOf({ Engine: extended(0x0c00000b), Retarder: extended(0x0c000f0b) })]);
  expect([0, 0x0f, 0x10].map((to) => nameAt(decoder, 0, 0x0b, to))).toEqual(['Engine', 'Retarder', 'Engine']);
});

it('prefers the first file that knows a parameter group', () => {
  const files = [fileOf({ Mine: extended(0x18fef1fe) }), fileOf({ Other: extended(0x18fef10b) })];
  expect(nameAt(compileJ1939(files), 65265, 0x0b)).toBe('Mine');
});

it('takes messages of which the file says that they are of J1939, or all with an extended identifier', () => {
  const silent = fileOf({ A: extended(0x18fef1fe), B: 0x123 }, 'ExtendedCAN');
  expect(compileJ1939([silent]).isEmpty).toBe(true);
  expect(nameAt(compileJ1939([silent], 'extended'), 65265, 3)).toBe('A');
  // Base frames, and identifiers of other protocols, never are.
  expect(compileJ1939([fileOf({ B: 0x123, C: extended(0x1bda10f1) })], 'extended').isEmpty).toBe(true);
});
