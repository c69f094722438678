import { describe, expect, it } from 'vitest';
import type { Dbc } from './dbc.ts';
import { decodeDbcText } from './decode-dbc-text.ts';
import { parseDbc } from './parse-dbc.ts';

/** Everything a file can hold, in the order that tools write it. */
const ENGINE = `VERSION "1.0"

NS_ :
	NS_DESC_
	CM_
	VAL_TABLE_
	SG_MUL_VAL_

BS_:

BU_: Engine Dash
VAL_TABLE_ OnOff 1 "on" 0 "off" ;

BO_ 2364540158 EEC1: 8 Engine
 SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" Dash,Engine
 SG_ Mode : 3|4@0- (1,-2.5E+001) [nan|1.7E308] "" Vector__XXX

BO_ 100 Pages: 6 Engine
 SG_ Page M : 0|8@1+ (1,0) [0|0] "" Dash
 SG_ Detail m1M : 8|8@1+ (1,0) [0|0] "" Dash
 SG_ Torque m2 : 8|32@1- (1,0) [0|0] "Nm" Dash
 SG_ Lamp m7 : 16|1@1+ (1,0) [0|1] "" Dash

BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX
 SG_ Unused : 0|8@1+ (1,0) [0|0] "" Vector__XXX

BO_TX_BU_ 100 : Engine,Dash;
EV_ Climate: 0 [0|1] "" 0 2 DUMMY_NODE_VECTOR0 Vector__XXX;
CM_ SG_ 100 Page "Text; with BO_ 1 X: 8 Y
BO_ 5 NotAMessage: 8 Z
and a \\"quote\\".";
BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
BA_ "GenMsgCycleTime" BO_ 100 20;
VAL_ 2364540158 Mode -3 "third" 1 "one" ;
VAL_ 100 Lamp OnOff ;
VAL_ Climate 0 "off" ;
SIG_GROUP_ 100 Group 1 : Page Lamp;
SIG_VALTYPE_ 100 Torque : 1;
SG_MUL_VAL_ 100 Lamp Detail 3-3, 5-7;
`;

/** Everything on one line but the text that is itself on several. */
function onOneLine(text: string): string {
  return text
    .split(/("(?:\\"|[^"])*")/)
    .map((piece) => (piece.startsWith('"') ? piece : piece.replaceAll('\n', ' ')))
    .join('');
}

/** A message around one line, which is line 2. */
function inMessage(line: string, sizeBytes = 8): string {
  return `BO_ 1 Message: ${sizeBytes} Node\n${line}\n SG_ Last : ${sizeBytes * 8 - 8}|8@1+ (1,0) [0|0] "" Node\n`;
}

function parse(text: string): Dbc {
  const result = parseDbc(text);
  if (!result.isDecoded) throw new Error(`rejected: ${result.reason}`);
  return result.value;
}

describe('parseDbc', () => {
  it('reads messages, signals, labels, value types and multiplexing, and passes over the rest', () => {
    const base = { byteOrder: 'intel', isSigned: false, valueType: 'integer', factor: 1, offset: 0 } as const;
    const none = new Map();
    expect(parse(ENGINE)).toMatchObject({
      warnings: [],
      messages: [
        {
          id: 0xcf0_04fe,
          isExtended: true,
          name: 'EEC1',
          sizeBytes: 8,
          signals: [
            { ...base, name: 'EngineSpeed', startBit: 24, length: 16, factor: 0.125, unit: 'rpm', labels: none },
            {
              ...base,
              ...{ name: 'Mode', startBit: 3, length: 4, byteOrder: 'motorola', isSigned: true, offset: -25 },
              labels: new Map([
                [-3n, 'third'],
                [1n, 'one'],
              ]),
            },
          ],
        },
        {
          id: 100,
          isExtended: false,
          name: 'Pages',
          sizeBytes: 6,
          signals: [
            { ...base, name: 'Page', startBit: 0, length: 8, labels: none },
            {
              ...{ ...base, name: 'Detail', startBit: 8, length: 8, labels: none },
              selector: { multiplexor: 'Page', ranges: [[1, 1]] },
            },
            {
              ...{ ...base, name: 'Torque', startBit: 8, length: 32, isSigned: true, valueType: 'float', unit: 'Nm' },
              labels: none,
              selector: { multiplexor: 'Page', ranges: [[2, 2]] },
            },
            {
              ...{ ...base, name: 'Lamp', startBit: 16, length: 1 },
              labels: new Map([
                [1n, 'on'],
                [0n, 'off'],
              ]),
              selector: {
                multiplexor: 'Detail',
                ranges: [
                  [3, 3],
                  [5, 7],
                ],
              },
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['CRLF line ends', ENGINE.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${ENGINE}`],
    ['no indentation', ENGINE.replace(/^[ \t]+/gm, '')],
    ['nothing between its symbols and its nodes', ENGINE.replace('BS_:\n\n', '')],
    ['CR line ends', ENGINE.replaceAll('\n', '\r')],
    ['tabs and form feeds for spaces', ENGINE.replace(/ (?=[^"]*(?:"[^"]*"[^"]*)*$)/g, '\t\f')],
    ['NUL and Ctrl-Z at its end', `${ENGINE}\0\0\u001a`],
    [
      'remarks',
      ENGINE.replace(/^(?=BO_ [12]|VAL_|BS_)/gm, '// a remark; with BO_ 5 X: 8 Y and "\n').replace(
        ': 8 Engine',
        '$& // here too',
      ),
    ],
    ['all statements on one line', onOneLine(ENGINE)],
    ['its messages at the end', ENGINE.replace(/(BO_ 2364540158[\s\S]*)(BO_TX_BU_[\s\S]*)/, '$2\n$1')],
    ['wide spaces', ENGINE.replace(/ (?=[^"]*(?:"[^"]*"[^"]*)*$)/g, '  ')],
  ])('reads the same from a file with %s', (_, text) => {
    expect(parse(text)).toEqual(parse(ENGINE));
  });

  it.each([
    ['name-expected', 'SG_ : 0|8@1+ (1,0) [0|0] "" X', 5],
    ['symbol-expected', 'SG_ Bad 0|8@1+ (1,0) [0|0] "" X', 9],
    ['bad-multiplexing', 'SG_ Bad n1 : 0|8@1+ (1,0) [0|0] "" X', 9],
    ['integer-expected', 'SG_ Bad : 0.5|8@1+ (1,0) [0|0] "" X', 11],
    ['number-expected', 'SG_ Bad : 0|8@1+ (x,0) [0|0] "" X', 19],
    ['symbol-expected', 'SG_ Bad : 0|8@1 (1,0) [0|0] "" X', 17],
    ['symbol-expected', 'SG_ Bad : 0|8@1+ (1,0) [0|0 "" X', 24],
    ['text-expected', 'SG_ Bad : 0|8@1+ (1,0) [0|0] X', 30],
    ['open-text', 'SG_ Bad : 0|8@1+ (1,0) [0|0] "rpm X', 30],
    ['reserved-name', 'SG_ __proto__ : 0|8@1+ (1,0) [0|0] "" X', 5],
    ['bad-length', 'SG_ Bad : 0|0@1+ (1,0) [0|0] "" X', 5],
    ['bad-length', 'SG_ Bad : 0|600000@1+ (1,0) [0|0] "" X', 5],
    ['bad-start-bit', 'SG_ Bad : -1|8@1+ (1,0) [0|0] "" X', 5],
    ['bad-start-bit', 'SG_ Bad : 999999|8@1+ (1,0) [0|0] "" X', 5],
    ['bad-factor', 'SG_ Bad : 0|8@1+ (1e999,0) [0|0] "" X', 5],
    ['unknown-section', 'WHAT_ is this', 1],
  ])('passes over a bad line with %s, and reads on: %s', (reason, line, column) => {
    const { messages, warnings } = parse(inMessage(line));
    expect(warnings).toMatchObject([{ reason, line: 2, column }]);
    expect(messages[0]?.signals.map(({ name }) => name)).toEqual(['Last']);
  });

  it.each([
    ['bad-id', 'BO_ 4294967296 Bad: 8 X', 5],
    ['bad-id', 'BO_ -1 Bad: 8 X', 5],
    ['bad-length', 'BO_ 2 Bad: 65536 X', 5],
    ['bad-length', 'BO_ 2 Bad: -1 X', 5],
    ['duplicate-message', 'BO_ 1 Again: 8 X', 5],
    ['integer-expected', 'BO_ Bad: 8 X', 5],
    ['symbol-expected', 'BO_ 2 Bad 8 X', 11],
  ])('passes over a bad message and its signals with %s: %s', (reason, line, column) => {
    const { messages, warnings } = parse(`BO_ 1 First: 8 X\n${line}\n SG_ Lost : 0|8@1+ (1,0) [0|0] "" X`);
    expect(warnings).toMatchObject([{ reason, line: 2, column }]);
    expect(messages).toMatchObject([{ name: 'First', signals: [] }]);
  });

  it.each([
    ['unknown-signal', 'VAL_ 1 Nobody 0 "off" ;', 8],
    ['unknown-signal', 'VAL_ 2 Signal 0 "off" ;', 8],
    ['unknown-signal', 'SIG_VALTYPE_ 1 Nobody : 1;', 16],
    ['unknown-signal', 'SG_MUL_VAL_ 1 Nobody Signal 1-1;', 15],
    ['unknown-value-table', 'VAL_ 1 Signal Nowhere ;', 15],
    ['integer-expected', 'VAL_ 1 Signal 0.5 "half" ;', 15],
    ['text-expected', 'VAL_ 1 Signal 0 off ;', 17],
    ['bad-value-type', 'SIG_VALTYPE_ 1 Signal : 1;', 25],
    ['bad-value-type', 'SIG_VALTYPE_ 1 Signal : 9;', 25],
    ['integer-expected', 'SG_MUL_VAL_ 1 Signal Signal x-1;', 29],
    ['unknown-message', 'CM_ BO_ 2 "text";', 9],
    ['unknown-message', 'BA_ "GenMsgCycleTime" BO_ 2 10;', 27],
    ['unknown-signal', 'CM_ SG_ 1 Nobody "text";', 11],
    ['unknown-node', 'CM_ BU_ Nobody "text";', 9],
    ['unknown-section', 'WHAT_ is this', 1],
    ['open-text', 'CM_ "never closed;', 5],
  ])('passes over a bad statement with %s: %s', (reason, line, column) => {
    const message = 'BO_ 1 M: 8 X\n SG_ Signal : 0|8@1+ (1,0) [0|0] "" X\n';
    const text = `${message}${line}\nBA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;\n`;
    expect(parse(text).warnings).toMatchObject([{ reason, line: 3, column }]);
  });

  it('counts lines right after a text that ran on to a later line', () => {
    const { messages, warnings } = parse(`${inMessage('SG_ Bad : 0|8@1+ (1,0) [0|0] "rpm X')}WHAT_ is this\n`);
    expect(messages[0]?.signals.map(({ name }) => name)).toEqual(['Last']);
    expect(warnings.map(({ reason, line }) => [reason, line])).toEqual([
      ['open-text', 2],
      ['unknown-section', 4],
    ]);
  });

  it('reads escaped quotes', () => {
    const { messages } = parse(`${inMessage('')}VAL_ 1 Last 0 "say \\"hi\\"; " ;`);
    expect(messages[0]?.signals[0]?.labels).toEqual(new Map([[0n, 'say "hi"; ']]));
  });

  it('leaves a signal out whose value type it cannot read: a wrong value is worse than none', () => {
    const { messages } = parse(`${inMessage('')}SIG_VALTYPE_ 1 Last : 2;`);
    expect(messages[0]?.signals).toEqual([]);
  });

  it('takes an identifier beyond 11 bits for an extended one, and says so', () => {
    const { messages, warnings } = parse('BO_ 2048 Long: 8 X\n');
    expect(messages).toMatchObject([{ id: 2048, isExtended: true }]);
    expect(warnings).toMatchObject([{ reason: 'id-without-extended-bit' }]);
  });

  it('keeps a signal beyond the end of its message, and says so: frames may be longer', () => {
    const { messages, warnings } = parse(inMessage('SG_ Far : 8|8@1+ (1,0) [0|0] "" X', 1));
    expect(messages[0]?.signals).toHaveLength(2);
    expect(warnings).toMatchObject([{ reason: 'outside-message', found: 'Far' }]);
  });

  it('takes the first of several multiplexors where nothing tells, and says so', () => {
    const text = `BO_ 1 Message: 8 X
 SG_ First M : 0|4@1+ (1,0) [0|0] "" X
 SG_ Second M : 4|4@1+ (1,0) [0|0] "" X
 SG_ Guess m1 : 8|8@1+ (1,0) [0|0] "" X
 SG_ Told m1 : 8|8@1+ (1,0) [0|0] "" X
SG_MUL_VAL_ 1 Told Second 1-1;`;
    const { messages, warnings } = parse(text);
    expect(messages[0]?.signals.map(({ name, selector }) => [name, selector?.multiplexor])).toEqual([
      ['First', undefined],
      ['Second', undefined],
      ['Guess', 'First'],
      ['Told', 'Second'],
    ]);
    expect(warnings).toMatchObject([{ reason: 'ambiguous-multiplexor', line: 4 }]);
  });

  it('reads a multiplexed signal of a message without any multiplexor always, unless one may have been lost', () => {
    const signal = ' SG_ Bad m1 : 0|8@1+ (1,0) [0|0] "" X';
    const plain = parse(`BO_ 1 Message: 8 X\n${signal}`);
    expect(plain.messages[0]?.signals).toMatchObject([{ name: 'Bad' }]);
    expect(plain.messages[0]?.signals[0]).not.toHaveProperty('selector');
    expect(plain.warnings).toMatchObject([{ reason: 'missing-multiplexor', line: 2 }]);
    const broken = parse(`BO_ 1 Message: 8 X\n SG_ Top M : 0|x\n${signal}`);
    expect(broken.messages[0]?.signals).toEqual([]);
    expect(broken.warnings).toMatchObject([{ line: 2 }, { reason: 'unresolved-multiplexor', line: 3 }]);
  });

  it('leaves out signals whose multiplexor is missing, or themselves', () => {
    const text = `BO_ 1 Message: 8 X
 SG_ Top M : 0|4@1+ (1,0) [0|0] "" X
 SG_ Orphan m1 : 8|8@1+ (1,0) [0|0] "" X
 SG_ RingA m1M : 8|8@1+ (1,0) [0|0] "" X
 SG_ RingB m1M : 8|8@1+ (1,0) [0|0] "" X
SG_MUL_VAL_ 1 Orphan Nobody 1-1;
SG_MUL_VAL_ 1 RingA RingB 1-1;
SG_MUL_VAL_ 1 RingB RingA 1-1;`;
    const { messages, warnings } = parse(text);
    expect(messages[0]?.signals.map(({ name }) => name)).toEqual(['Top']);
    expect(warnings.map(({ reason, found }) => [reason, found])).toEqual(
      ['Orphan', 'RingA', 'RingB'].map((name) => ['unresolved-multiplexor', name]),
    );
  });

  it.each([
    ['nothing', '', 1, 1, ''],
    ['blank lines', '\n\n', 1, 1, ''],
    ['a candump log', '(166.000000) vcan0 21A#FE', 1, 1, '(166.000000) vcan0 21A#FE'],
    ['a web page', '\n  <!DOCTYPE html>\n<title>BO_</title>', 2, 3, '<!DOCTYPE html>'],
    ['a configuration', 'version: 1\ngateway:\n  id: truck-7\n', 1, 1, 'version: 1'],
    ['a keyword that is none', 'VERSION 2\n', 1, 9, '2'],
    ['bytes', '\u0001\u0002', 1, 1, '\u0001\u0002'],
  ])('rejects %s as no DBC, with the place', (_, text, line, column, found) => {
    expect(parseDbc(text)).toEqual({ isDecoded: false, reason: 'not-a-dbc', line, column, found });
  });

  it('comes back from a definition without a name whose limits follow all the same', () => {
    const dbc = parseDbc('BU_: A\nBA_DEF_ 5;\nBU_: B\n');
    expect(dbc).toMatchObject({ value: { warnings: [{ reason: 'text-expected', line: 2, column: 9 }] } });
  });

  it('rejects a text beyond the limit without looking at it [P3]', () => {
    expect(parseDbc('x'.repeat(32 * 1024 * 1024 + 1))).toMatchObject({ reason: 'too-long', line: 1, column: 1 });
  });
});

describe('decodeDbcText', () => {
  it.each([
    ['UTF-8', Buffer.from('BO_ 1 "°C" …', 'utf8'), 'BO_ 1 "°C" …'],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffBO_', 'utf8'), 'BO_'],
    ['Latin-1', Buffer.from('BO_ 1 "°C"', 'latin1'), 'BO_ 1 "°C"'],
  ])('reads %s', (_, bytes, text) => {
    expect(decodeDbcText(bytes)).toBe(text);
  });
});
