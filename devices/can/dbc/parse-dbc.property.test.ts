import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileDbc } from './compile-dbc.ts';
import { parseDbc } from './parse-dbc.ts';

const PIECES = [
  ...['VERSION ""', 'NS_ :', 'BS_:', 'BU_: A', 'BO_ 1 M: 8 A', 'BO_ 2147483649 X: 8 A', 'CM_ "a\nb";', 'BA_ "x" 1;'],
  ...[
    'SG_ S : 0|8@1+ (1,0) [0|0] "" A',
    'SG_ T m0M : 7|64@0- (0.1,-5) [0|0] "u" A',
    'SG_ U M : 8|4@1+ (1,0) [0|0] "" A',
  ],
  ...[
    'VAL_ 1 S 0 "a" -1 "b" ;',
    'VAL_TABLE_ V 0 "a" ;',
    'VAL_ 1 T V ;',
    'SIG_VALTYPE_ 1 T : 2;',
    'SG_MUL_VAL_ 1 T U 0-3, 5-5;',
  ],
  ...[
    '\n',
    ' ',
    '"',
    '\\"',
    ';',
    ':',
    '|',
    '@',
    '(',
    ')',
    '[',
    ']',
    '-',
    '1',
    '1e5',
    'M',
    'm1',
    '\t',
    '\r\n',
    '\u0000',
    'é',
  ],
];

/** Texts near enough to a DBC to get deep into the parser, cut anywhere. */
const nearlyDbc = fc
  .tuple(fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }), fc.constantFrom('', ' ', '\n'), fc.nat())
  .map(([pieces, glue, cut]) => {
    const text = pieces.join(glue);
    return text.slice(0, text.length - (cut % (text.length + 1)));
  });

it('answers any text with a DBC that compiles, or with a reason and a place, never an exception [S1]', () => {
  fc.assert(
    fc.property(fc.oneof(nearlyDbc, fc.string({ unit: 'binary' })), fc.uint8Array({ maxLength: 8 }), (text, data) => {
      const result = parseDbc(text);
      const lines = text.split(/\r\n?|\n/);
      const places = result.isDecoded ? result.value.warnings : [result];
      for (const { line, column } of places) {
        expect(line).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeGreaterThan(0);
        expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
      }
      if (!result.isDecoded) return;
      const decoder = compileDbc(result.value);
      for (const { id, isExtended, name } of result.value.messages) {
        expect(decoder.decode({ id, isExtended, isRemote: false, data })).toMatchObject({ name });
      }
    }),
    { numRuns: 700 },
  );
});
