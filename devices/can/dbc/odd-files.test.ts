import { describe, expect, it } from 'vitest';
import { compileDbc } from './compile-dbc.ts';
import type { Dbc } from './dbc.ts';
import { decodeDbcText } from './decode-dbc-text.ts';
import { parseDbc } from './parse-dbc.ts';

function parse(text: string): Dbc {
  const result = parseDbc(text);
  if (!result.isDecoded) throw new Error(`rejected: ${result.reason}`);
  return result.value;
}

function reasonsOf({ warnings }: Dbc): readonly string[] {
  return warnings.map(({ reason, line }) => `${line} ${reason}`);
}

const SIGNAL = ' SG_ S : 0|8@1+ (1,0) [0|0] "" X\n';

describe('a message', () => {
  it.each([
    ['BO_ 100 M: 8 X', { id: 100, isExtended: false, transmitters: ['X'] }, []],
    ['BO_ 100 M : 8 X', { name: 'M' }, []],
    ['BO_ 100 M:8 X', { name: 'M', sizeBytes: 8 }, []],
    ['BO_   100   M:   8   X  ', { name: 'M' }, []],
    ['BO_ 100 M: 8', { transmitters: [] }, []],
    ['BO_ 100 M: 8 Vector__XXX', { transmitters: [] }, []],
    ['BO_ 0x64 M: 0x8 X', { id: 100, sizeBytes: 8 }, []],
    ['BO_ 0x98EF0003 M: 8 X', { id: 0x18ef_0003, isExtended: true }, []],
    ['BO_ 2048 M: 8 X', { id: 2048, isExtended: true }, ['1 id-without-extended-bit']],
    ['BO_ 3758096484 M: 8 X', { id: 100, isExtended: true }, ['1 id-beyond-29-bits']],
    ['BO_ 1073741924 M: 8 X', { id: 100, isExtended: false }, ['1 id-beyond-29-bits']],
    ['BO_ -2147483548 M: 8 X', { id: 100, isExtended: true }, ['1 negative-id']],
    ['BO_ 100 M-1.b: 8 X', { name: 'M-1.b' }, ['1 odd-name']],
    ['BO_ 100 3rd: 8 X', { name: '3rd' }, ['1 odd-name']],
    ['BO_ 100 Größe: 8 X', { name: 'Größe' }, ['1 odd-name']],
    ['BO_ 100 M: 64 X', { sizeBytes: 64 }, []],
    ['BO_ 100 M: 1785 X', { sizeBytes: 1785 }, []],
    ['BO_ 100 M: 0 X', { sizeBytes: 0 }, ['2 outside-message']],
    ['BO_ 100 M: 8 X ;', { name: 'M' }, []],
    ['BO_ 100 M: 8 X, Y', { name: 'M' }, ['1 trailing-text']],
    ['BO_ 100 M: 8 X // remark', { transmitters: ['X'] }, []],
  ])('is read from %j', (line, expected: object, reasons) => {
    const dbc = parse(`${line}\n${SIGNAL}`);
    expect(dbc.messages).toMatchObject([{ ...expected, signals: [{ name: 'S' }] }]);
    expect(reasonsOf(dbc)).toEqual(reasons);
  });

  it('that stands for none is left out, and what is said about its signals is no doubt', () => {
    const dbc = parse(`BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX
${SIGNAL}BO_ 2147483648 Real: 8 X
CM_ SG_ 3221225472 S "unused";`);
    expect(dbc.messages).toMatchObject([{ id: 0, isExtended: true, name: 'Real', signals: [] }]);
    expect(dbc.warnings).toEqual([]);
  });

  it('keeps its first definition when the identifier comes again', () => {
    const dbc = parse(`BO_ 1 First: 8 X\n${SIGNAL}BO_ 1 Second: 8 X\n SG_ T : 0|8@1+ (1,0) [0|0] "" X\n`);
    expect(dbc.messages).toMatchObject([{ name: 'First', signals: [{ name: 'S' }] }]);
    expect(reasonsOf(dbc)).toEqual(['3 duplicate-message']);
  });
});

describe('a signal', () => {
  const plain = { startBit: 0, length: 8, byteOrder: 'intel', isSigned: false, factor: 1, offset: 0 } as const;

  it.each([
    ['SG_ S:0|8@1+(1,0)[0|0]""X', { ...plain, receivers: ['X'] }, []],
    ['SG_ S : 0 | 8 @ 1 + ( 1 , 0 ) [ 0 | 0 ] "" X', plain, []],
    ['SG_ S : 0|8@1+ (1,0) [0|0] ""', { ...plain, receivers: [] }, []],
    ['SG_ S : 0|8@1+ (1,0) [0|0] "" Vector__XXX', { receivers: [] }, []],
    ['SG_ S : 0|8@1+ (1,0) [0|0] "" A,B , C', { receivers: ['A', 'B', 'C'] }, []],
    ['SG_ S : 0|8@1+ (1,0) [0|0] "" A B', { receivers: ['A', 'B'] }, []],
    ['SG_ S : 0|8@1+ (1,0) [0|0] "" A,\n  B', { receivers: ['A', 'B'] }, []],
    ['SG_ S : 0|8@1+ (1.,.5) [0|0] "" X', { factor: 1, offset: 0.5 }, []],
    ['SG_ S : 0|8@1+ (+1,-1E+001) [0|0] "" X', { factor: 1, offset: -10 }, []],
    ['SG_ S : 0|8@1+ (1e-3,2.5e2) [0|0] "" X', { factor: 0.001, offset: 250 }, []],
    ['SG_ S : 0|8@1+ (0x10,0) [0|0] "" X', { factor: 16 }, []],
    ['SG_ S : 0|8@1+ (0,5) [0|0] "" X', { factor: 0, offset: 5 }, ['2 zero-factor']],
    ['SG_ S : 0|8@1+ (1,0) [-1E3|1.7E+308] "" X', { minimum: -1000, maximum: 1.7e308 }, []],
    ['SG_ S : 0|8@1+ (1,0) [1.#QNAN|1.#INF] "" X', plain, []],
    ['SG_ S : 0|8@1+ (1,0) [] "" X', plain, []],
    ['SG_ S : 0|8@1+ (1,0) [5|-5] "" X', { minimum: 5, maximum: -5 }, ['2 inverted-limits']],
    ['SG_ S : 0|8@1+ (1,0) [0|0] "m/s^2; (x)" X', { unit: 'm/s^2; (x)' }, []],
    ['SG_ S : 0|8@1+ (1,0) [0|0] """ X', { unit: '"' }, []],
    ['SG_ S : 0|8@1+ (1,0) [0|0] "5" pipe" X', { unit: '5', receivers: ['pipe'] }, ['2 trailing-text']],
    ['SG_ S : 0|8@2+ (1,0) [0|0] "" X', { byteOrder: 'intel' }, ['2 bad-byte-order']],
    ['SG_ S M: 0|8@1+ (1,0) [0|0] "" X', { name: 'S' }, []],
    ['SG_ M : 0|8@1+ (1,0) [0|0] "" X', { name: 'M' }, []],
    ['SG_ m1 : 0|8@1+ (1,0) [0|0] "" X', { name: 'm1' }, []],
    ['SG_ a-b[0].c : 0|8@1+ (1,0) [0|0] "" X', { name: 'a-b[0].c' }, ['2 odd-name']],
    ['SG_ S : 511|8@0+ (1,0) [0|0] "" X', { startBit: 511 }, ['2 outside-message']],
    ['SG_ S : 0|136@1+ (1,0) [0|0] "" X', { length: 136 }, ['2 outside-message']],
  ])('is read from %j', (line, expected: object, reasons) => {
    const dbc = parse(`BO_ 1 M: 8 X\n ${line}\nBO_ 2 Next: 8 X\n`);
    expect(dbc.messages.map(({ id }) => id)).toEqual([1, 2]);
    expect(dbc.messages[0]?.signals).toMatchObject([expected]);
    expect(reasonsOf(dbc)).toEqual(reasons);
  });

  it('that shares bits with another that can be there too is told of', () => {
    const dbc = parse(`BO_ 1 M: 8 X
 SG_ Page M : 0|8@1+ (1,0) [0|0] "" X
 SG_ A m0 : 8|8@1+ (1,0) [0|0] "" X
 SG_ B m1 : 8|8@1+ (1,0) [0|0] "" X
 SG_ C m1 : 15|1@0+ (1,0) [0|0] "" X
 SG_ D : 6|4@1+ (1,0) [0|0] "" X`);
    expect(reasonsOf(dbc)).toEqual(['5 overlapping-signals', '6 overlapping-signals']);
    expect(dbc.messages[0]?.signals).toHaveLength(5);
  });

  it('of a name that comes again is read on each page, with the same labels', () => {
    const dbc = parse(`BO_ 1 M: 3 X
 SG_ Page M : 0|8@1+ (1,0) [0|0] "" X
 SG_ T m0 : 8|8@1+ (1,0) [0|0] "" X
 SG_ T m1 : 16|8@1+ (1,0) [0|0] "" X
VAL_ 1 T 7 "seven" ;`);
    expect(reasonsOf(dbc)).toEqual(['4 duplicate-signal']);
    const decode = (hex: string) =>
      compileDbc(dbc).decode({ id: 1, isExtended: false, isRemote: false, data: Buffer.from(hex, 'hex') });
    expect(decode('000708')?.signals['T']).toEqual({ raw: 7, phys: 7, label: 'seven' });
    expect(decode('010807')?.signals['T']).toEqual({ raw: 7, phys: 7, label: 'seven' });
  });

  it.each([
    ['SIG_VALTYPE_ 1 S : 1;', 32, 'float'],
    ['SIG_VALTYPE_ 1 S: 2 ;', 32, 'float'],
    ['SIG_VALTYPE_ 1 S 1;', 64, 'double'],
    ['SIG_VALTYPE_ 1 S : 1;', 64, 'double'],
    ['SIG_VALTYPE_ 1 S : 1;', 16, 'float'],
    ['SIG_VALTYPE_ 1 S : 0;', 32, 'integer'],
  ])('has by %j and %i bits the type %s', (line, length, valueType) => {
    const dbc = parse(`BO_ 1 M: 8 X\n SG_ S : 0|${length}@1- (1,0) [0|0] "" X\n${line}\n`);
    expect(dbc.messages[0]?.signals).toMatchObject([{ valueType }]);
    expect(dbc.warnings).toEqual([]);
  });
});

describe('labels', () => {
  it.each([
    ['VAL_ 1 S 0 "off" 1 "on" ;', { 0: 'off', 1: 'on' }],
    ['VAL_ 1 S 0"off"1"on";', { 0: 'off', 1: 'on' }],
    [
      'VAL_ 1 S -1 "a" 0x10 "b" 18446744073709551615 "c" 2.0 "d";',
      { '-1': 'a', 16: 'b', '18446744073709551615': 'c', 2: 'd' },
    ],
    ['VAL_ 1 S 0 "a;b" 1 "c // d" 2 "" 3 " e ";', { 0: 'a;b', 1: 'c // d', 2: '', 3: ' e ' }],
    ['VAL_ 1 S 0 "5" pipe" 1 "say \\"hi\\"" 2 "\\\\" ;', { 0: '5" pipe', 1: 'say "hi"', 2: '\\\\' }],
    ['VAL_ 1 S 0 "two\nlines" 1 "b" ;', { 0: 'two\nlines', 1: 'b' }],
    ['VAL_ 1 S 0 "a"\n 1 "b"\n ;', { 0: 'a', 1: 'b' }],
    ['VAL_ 1 S 0xffffffffffffffffffff "wide" ;', { '1208925819614629174706175': 'wide' }],
    ['VAL_ 1 S Table ;', { 3: 'three' }],
    ['VAL_ 1 S ;', {}],
    ['VAL_ 1 S 0 "a" ;\nVAL_ 1 S 0 "b" 1 "c" ;', { 0: 'b', 1: 'c' }],
  ])('are read from %j', (line, expected) => {
    const dbc = parse(`${line}\nBO_ 1 M: 8 X\n${SIGNAL}VAL_TABLE_ Table 3 "three" ;\nBO_ 2 Next: 8 X\n`);
    expect(dbc.messages.map(({ id }) => id)).toEqual([1, 2]);
    expect(Object.fromEntries(dbc.messages[0]?.signals[0]?.labels ?? [])).toEqual(expected);
    expect(dbc.warnings).toEqual([]);
  });

  it.each([
    ['VAL_ 1 S 0 "a" 1 "b"', { 0: 'a', 1: 'b' }, ['4 semicolon-missing']],
    ['VAL_ 1 S 0 "a" 0.5 "b" ;', { 0: 'a' }, ['3 integer-expected']],
    ['VAL_ 1 S 0 "a" 1 "open ;', { 0: 'a' }, ['3 open-text']],
    ['VAL_ 1 S 0 "a" ; junk', { 0: 'a' }, ['3 unknown-section']],
  ])('are kept as far as they go in %j', (line, expected, reasons) => {
    const dbc = parse(`BO_ 1 M: 8 X\n${SIGNAL}${line}\nVAL_ 1 S 9 "nine" ;\nBO_ 2 Next: 8 X\n`);
    expect(Object.fromEntries(dbc.messages[0]?.signals[0]?.labels ?? [])).toEqual({ ...expected, 9: 'nine' });
    expect(reasonsOf(dbc)).toEqual(reasons);
    expect(dbc.messages).toHaveLength(2);
  });
});

describe('a multiplexor', () => {
  it.each([
    ['SG_MUL_VAL_ 1 S P 0-0;', [[0, 0]]],
    [
      'SG_MUL_VAL_ 1 S P 1-3, 5-5 , 7-9 ;',
      [
        [1, 3],
        [5, 5],
        [7, 9],
      ],
    ],
    [
      'SG_MUL_VAL_ 1 S P 1 - 3,5;',
      [
        [1, 3],
        [5, 5],
      ],
    ],
    [
      'SG_MUL_VAL_ 1 S P 1-3 5-5;',
      [
        [1, 3],
        [5, 5],
      ],
    ],
  ])('selects by %j', (line, ranges) => {
    const dbc = parse(
      `${line}\nBO_ 1 M: 8 X\n SG_ P M : 0|8@1+ (1,0) [0|0] "" X\n SG_ S m9 : 8|8@1+ (1,0) [0|0] "" X\n`,
    );
    expect(dbc.messages[0]?.signals[1]?.selector).toEqual({ multiplexor: 'P', ranges });
    expect(dbc.warnings).toEqual([]);
  });
});

describe('attributes', () => {
  const definitions = `BA_DEF_ "ProtocolType" STRING ;
BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG","StandardCAN_FD","ExtendedCAN_FD";
BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
BA_DEF_ SG_ "SPN" INT 0 524287;
BA_DEF_DEF_ "GenMsgCycleTime" 0;
`;

  it.each([
    ['BA_ "VFrameFormat" BO_ 2147483649 3;', { frameFormat: 'j1939' }],
    ['BA_ "VFrameFormat" BO_ 2147483649 "J1939PG";', { frameFormat: 'j1939' }],
    ['BA_ "VFrameFormat" BO_ 2147483649 5;', { frameFormat: 'extendedFd' }],
    ['BA_ "VFrameFormat" BO_ 2147483649 1;', { frameFormat: 'extended' }],
    ['BA_DEF_DEF_ "VFrameFormat" "J1939PG";', { frameFormat: 'j1939' }],
    ['BA_ "ProtocolType" "J1939";', { frameFormat: 'j1939' }],
    ['BA_ "ProtocolType" "J1939";\nBA_ "VFrameFormat" BO_ 2147483649 1;', { frameFormat: 'extended' }],
    ['BA_ "GenMsgCycleTime" BO_ 2147483649 100;', { cycleTimeMs: 100 }],
    ['BA_DEF_DEF_ "GenMsgCycleTime" 50;', { cycleTimeMs: 50 }],
    ['BA_ "SPN" SG_ 2147483649 S 190;', { signals: [{ spn: 190 }] }],
    [
      'CM_ BO_ 2147483649 "of two\nlines; \\"quoted\\", and 5" stray";',
      { comment: 'of two\nlines; "quoted", and 5" stray' },
    ],
    ['CM_ SG_ 2147483649 S "text" ;', { signals: [{ comment: 'text' }] }],
    ['BO_TX_BU_ 2147483649 : A,B;', { transmitters: ['X', 'A', 'B'] }],
  ])('of a message are read from %j', (line, expected) => {
    const dbc = parse(`${definitions}${line}\nBO_ 2147483649 M: 8 X\n${SIGNAL}`);
    expect(dbc.messages).toMatchObject([expected]);
    expect(dbc.warnings).toEqual([]);
  });

  it('give things their long names, also where others speak of them', () => {
    const dbc = parse(`BU_: NodeS Other
BO_ 1 MessageS: 8 NodeS
 SG_ PageS M : 0|8@1+ (1,0) [0|0] "" NodeS,Other
 SG_ ValueS m1 : 8|8@1+ (1,0) [0|0] "" Other
VAL_ 1 ValueS 1 "one" ;
BA_DEF_ BU_ "SystemNodeLongSymbol" STRING ;
BA_DEF_ BO_ "SystemMessageLongSymbol" STRING ;
BA_DEF_ SG_ "SystemSignalLongSymbol" STRING ;
BA_ "SystemNodeLongSymbol" BU_ NodeS "NodeWithALongName";
BA_ "SystemMessageLongSymbol" BO_ 1 "MessageWithALongName";
BA_ "SystemSignalLongSymbol" SG_ 1 PageS "PageWithALongName";
BA_ "SystemSignalLongSymbol" SG_ 1 ValueS "ValueWithALongName";`);
    expect(dbc).toMatchObject({
      warnings: [],
      nodes: ['NodeWithALongName', 'Other'],
      messages: [
        {
          name: 'MessageWithALongName',
          transmitters: ['NodeWithALongName'],
          signals: [
            { name: 'PageWithALongName', receivers: ['NodeWithALongName', 'Other'] },
            { name: 'ValueWithALongName', selector: { multiplexor: 'PageWithALongName' } },
          ],
        },
      ],
    });
    expect(dbc.messages[0]?.signals[1]?.labels).toEqual(new Map([[1n, 'one']]));
  });

  it('are kept when nothing defines them, and told of', () => {
    const dbc = parse('BO_ 1 M: 8 X\nBA_ "Mine" BO_ 1 "a;b";\nBA_ "Bus" CAN;\n');
    expect(dbc.messages[0]?.attributes).toEqual(new Map([['Mine', 'a;b']]));
    expect(dbc.attributes).toEqual(new Map([['Bus', 'CAN']]));
    expect(reasonsOf(dbc)).toEqual(['2 undefined-attribute', '3 undefined-attribute']);
  });
});

describe('the text', () => {
  const text = `BU_: Ä\nBO_ 1 M: 8 X\n SG_ S : 0|8@1+ (1,0) [0|0] "°C" X\nVAL_ 1 S 0 "größer" ;\n`;

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['Latin-1', Buffer.from(text, 'latin1')],
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 without one', Buffer.from(text, 'utf16le')],
    ['UTF-16 of the other order', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ])('is the same in %s', (_, bytes) => {
    const dbc = parse(decodeDbcText(bytes));
    expect(dbc).toMatchObject({ nodes: ['Ä'], warnings: [] });
    expect(dbc.messages[0]?.signals).toMatchObject([{ unit: '°C', labels: new Map([[0n, 'größer']]) }]);
  });

  it('of Windows-1252 has its own characters', () => {
    expect(decodeDbcText(Buffer.from([0x80, 0x96, 0xe4]))).toBe('€–ä');
  });

  it('in Shift-JIS does not break the statements, though 表 ends with a backslash there', () => {
    const jis = Buffer.concat([
      Buffer.from('BO_ 1 M: 8 X\n SG_ S : 0|8@1+ (1,0) [0|0] "'),
      Buffer.from([0x95, 0x5c]),
      Buffer.from('" X\nVAL_ 1 S 0 "'),
      Buffer.from([0x95, 0x5c]),
      Buffer.from('" 1 "one" ;\nBO_ 2 N: 8 X\n'),
    ]);
    const dbc = parse(decodeDbcText(jis));
    expect(dbc.messages).toHaveLength(2);
    expect(dbc.messages[0]?.signals[0]?.labels.get(1n)).toBe('one');
  });

  it('may have lists of keywords in any shape before its messages', () => {
    for (const head of [
      'NS_ :\n\tCM_\n\tBA_DEF_\n\nBS_:\n\nBU_: A\n',
      'NS_: CM_ BA_DEF_\nBS_:\nBU_: A\n',
      'NS_ :\n CM_\nBU_: A\n',
      'VERSION ""\nNS_ :\nBS_: 500 : 1,2\nBU_: A\n',
      'CM_ "first of all";\nVERSION "1"\nBU_:\n A\n',
      'VERSION "a" NS_ : CM_ BA_DEF_ BS_: BU_: A ',
    ]) {
      const dbc = parse(`${head}BO_ 1 M: 8 A\n${SIGNAL}`);
      expect([head, dbc.nodes, dbc.messages.length, dbc.warnings]).toEqual([head, ['A'], 1, []]);
    }
  });

  it('may have garbage around its statements', () => {
    const dbc = parse(`what is this
BO_ 1 M: 8 X
${SIGNAL}
<<<<<<< HEAD
BO_ 2 N: 8 X
=======
${SIGNAL}>>>>>>> branch
SG_GROUP 5 "x;
BO_ 3 O: 8 X
"
`);
    expect(dbc.messages.map(({ id, signals }) => [id, signals.length])).toEqual([
      [1, 1],
      [2, 1],
      [3, 0],
    ]);
    expect(new Set(dbc.warnings.map(({ reason }) => reason))).toEqual(new Set(['unknown-section']));
  });

  it('may give a signal the name of the multiplexor that it depends on', () => {
    const dbc = parse(`BO_ 1 M: 8 X
 SG_ S M : 0|8@1+ (1,0) [0|0] "" X
 SG_ S m2 : 8|8@1+ (1,0) [0|0] "" X
`);
    const decoder = compileDbc(dbc);
    const decode = (...bytes: number[]) => decoder.messages[0]?.decode(Uint8Array.of(...bytes)).signals['S']?.raw;
    expect([decode(1, 7), decode(2, 7)]).toEqual([1, 7]);
  });

  it('may have long names that send a multiplexor round in a circle', () => {
    const text = `BO_ 1 M: 8 X
 SG_ T M : 0|8@1+ (1,0) [0|0] "" X
 SG_ A m0M : 8|8@1+ (1,0) [0|0] "" X
BA_ "SystemSignalLongSymbol" SG_ 1 A "T";
BA_ "SystemSignalLongSymbol" SG_ 1 T "A";
`;
    expect(() => compileDbc(parse(text)).messages[0]?.decode(new Uint8Array(8))).not.toThrow();
  });

  it('keeps no more than 10,000 warnings', () => {
    const dbc = parse(`BO_ 1 M: 8 X\n${'CM_ SG_ 1 Nobody "x";\n'.repeat(10_100)}`);
    expect(dbc.warnings).toHaveLength(10_001);
    expect(dbc.warnings.at(-1)?.reason).toBe('too-many-warnings');
  });
});
