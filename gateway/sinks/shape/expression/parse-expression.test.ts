import { describe, expect, it } from 'vitest';
import { compileExpression } from './compile-expression.ts';
import { formatFault, MAX_EXPRESSION_CHARACTERS, MAX_EXPRESSION_DEPTH } from './expression.ts';
import { parseExpression } from './parse-expression.ts';

const PAYLOAD = {
  type: 'gnss.position',
  data: {
    valid: true,
    speedKmh: 48.6,
    limitKmh: 50,
    fix: '3d',
    zone: null,
    in: 1,
    'front-left': 2.4,
    satellites: [{ snr: 40 }, { snr: 12 }],
    signals: { EngineSpeed: { value: 1450.5, unit: 'rpm' } },
  },
};

function holds(text: string, payload: unknown = PAYLOAD): boolean {
  const parsed = parseExpression(text);
  if (!parsed.isValid) throw new Error(formatFault(parsed.fault));
  return compileExpression(parsed.expression)(payload);
}

describe('a condition', () => {
  it.each([
    'data.signals.EngineSpeed.value > 500',
    'data.speedKmh >= 48.6 and data.speedKmh <= 48.6',
    'data.speedKmh < data.limitKmh',
    '500 < data.signals.EngineSpeed.value',
    'data.fix == "3d"',
    "data.fix == '3d'",
    'data.fix in ["2d", "3d"]',
    'not (data.fix in ["none"])',
    'not data.fix == "2d"',
    'data.valid',
    'data.valid == true',
    'data.zone == null',
    'exists(data.zone)',
    'not exists(data.reasons)',
    'data.satellites[0].snr > data.satellites[1].snr',
    'data["front-left"] > 2',
    '["data"].valid',
    '$.data.in == 1',
    'data.in == 1',
    'data.speedKmh > -1e3',
    'data.fix > "2d"',
    'false or true',
    // `and` binds closer than `or`, `not` closer than both.
    'true or false and false',
    'not false and true',
    '(false or true) and true',
    '  data . valid  ',
    'type == "gnss.position"',
    'data.fix == "\\u0033d"',
  ])('holds: %s', (text) => expect(holds(text)).toBe(true));

  it.each([
    'data.speedKmh > 50',
    'data.fix',
    'data.speedKmh',
    'data.zone',
    'data',
    'data.fix == 3',
    'data.speedKmh > "4"',
    'data.fix < 5',
    'data.satellites == null',
    'data.satellites != null',
    'data.satellites[2].snr > 0',
    'data.satellites["0"].snr > 0',
    'data.satellites.length > 0',
    'data.fix.length > 0',
    'data.fix[0] == "3"',
    'data["0"] == 1',
    'true and false or false',
    'not (false or true) or false',
  ])('does not hold: %s', (text) => expect(holds(text)).toBe(false));

  it.each(['==', '!=', '<', '<=', '>', '>='])('of a missing field is false with %s', (operator) => {
    expect(holds(`data.absent ${operator} 5`)).toBe(false);
    expect(holds(`5 ${operator} data.absent`)).toBe(false);
    expect(holds(`data.absent ${operator} data.missing`)).toBe(false);
  });

  it('of a missing field is false with in, and with nothing', () => {
    expect(holds('data.absent in [null, 0, false, ""]')).toBe(false);
    expect(holds('data.absent')).toBe(false);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'data.__proto__', 'data.satellites.constructor'])(
    'does not see what every object inherits: %s',
    (path) => expect(holds(`exists(${path})`)).toBe(false),
  );

  it('sees a member that only has such a name', () => {
    expect(holds('__proto__.constructor == 1', JSON.parse('{"__proto__":{"constructor":1}}'))).toBe(true);
  });

  it.each([undefined, null, 5, 'text', true, [1], []])('of no object is false, and never throws: %j', (payload) => {
    expect(holds('data.x > 5', payload)).toBe(false);
    expect(holds('exists(data[0])', payload)).toBe(false);
  });

  it('asks for the whole payload by $', () => {
    expect(holds('$ > 2', 2.4)).toBe(true);
    expect(holds('$ == "ON"', 'ON')).toBe(true);
    expect(holds('$[1] == 7', [5, 7])).toBe(true);
  });
});

describe('a broken condition', () => {
  it.each([
    ['', 1, 'expected a field such as data.speedKmh, or a value, found the end'],
    ['   ', 4, 'found the end'],
    ['data.speedKmh >', 16, 'expected a field such as data.speedKmh, or a value, found the end'],
    ['data.speedKmh >> 5', 16, 'found >'],
    ['> 5', 1, 'found >'],
    ['data.speedKmh = 5', 15, 'write == to compare'],
    ['data.x > 5 && data.y', 12, 'write and'],
    ['data.x > 5 || data.y', 12, 'write or'],
    ['!data.x', 1, 'write not'],
    ['data.x =~ "a"', 8, 'there are no patterns; compare with == or in'],
    ['data.x + 1 > 5', 8, 'no arithmetic'],
    ['data.x - 1 > 5', 8, 'no arithmetic'],
    ['data.front-left > 5', 11, '["front-left"]'],
    ['data.x -1', 8, 'expected and, or, or the end, found -1'],
    ['data.x > 5 AND data.y', 12, 'write and'],
    ['data.x > 5 und data.y', 12, 'did you mean and?'],
    ['data.x > 5 data.y > 3', 12, 'expected and, or, or the end, found data'],
    ['1 < data.x < 5', 12, 'comparisons do not chain'],
    ['data.x > 5 and', 15, 'found the end'],
    ['and data.x', 1, 'found and'],
    ['not', 4, 'found the end'],
    ['(data.x > 5', 12, 'expected ) at the end of the parenthesis that opened, found the end'],
    ['data.x > 5)', 11, 'expected and, or, or the end, found )'],
    ['()', 2, 'found )'],
    ['5', 1, 'expected a condition such as data.speedKmh > 5, found a number'],
    ['"data.x"', 1, 'found a text'],
    ['null', 1, 'found null'],
    ['data.x and 5', 12, 'expected a condition'],
    ['not "x"', 5, 'expected a condition'],
    [
      '"data.x" > 5',
      1,
      'compares constants, so it is always the same; one side is a field; a field stands without quotes',
    ],
    ['1 == 1', 1, 'compares constants'],
    ['"3d" in ["2d"]', 1, 'compares constants'],
    ['data.x > true', 10, 'compares numbers, or texts, and not true'],
    ['null < data.x', 1, 'compares numbers, or texts, and not null'],
    ['(data.x > 5) == true', 9, 'true or false and not a value'],
    ['exists(data.x) == true', 1, 'true or false and not a value'],
    ['abs(data.x) > 5', 1, 'unknown function abs; the only one is exists(data.speedKmh)'],
    ['exist(data.x)', 1, 'did you mean exists?'],
    ['exists()', 8, 'expected a field as in exists(data.speedKmh), found )'],
    ['exists("data.x")', 8, 'expected a field'],
    ['exists(data.x', 14, 'expected ) at the end of exists'],
    ['exists', 7, undefined],
    ['data.x in "a"', 11, 'expected a list as in ["2d", "3d"], found "a"'],
    ['data.x in []', 12, 'expected a number, a text in quotes, true, false or null, found ]'],
    ['data.x in ["a"', 15, 'expected ] at the end of the list, found the end'],
    ['data.x in [data.y]', 12, 'found data'],
    ['data.x in ["a" "b"]', 16, 'expected ] at the end of the list, found "b"'],
    ['data.x not in ["a"]', 8, 'write not (data.fix in ["2d", "3d"])'],
    ['data. > 5', 7, 'expected a name behind the dot, found >'],
    ['data..x', 6, 'expected a name behind the dot, found .'],
    ['data.[0]', 6, 'leave the dot out'],
    ['data.0', 6, 'expected a name behind the dot, found 0'],
    ['data[x]', 6, 'expected a place in a list such as [0], or a name in quotes such as ["front-left"], found x'],
    ['data[-1]', 6, 'expected a place in a list'],
    ['data[0.5]', 6, 'expected a place in a list'],
    ['data[0', 7, 'expected ] behind 0, found the end'],
    ['data.x == "3d', 11, 'the text that begins here has no " at its end'],
    ['data.x == "\\q"', 12, 'expected \\\\'],
    ['data.x > 0x10', 10, 'expected a number such as 5'],
    ['data.x > 5km', 10, 'expected a number such as 5'],
    ['data.x > 1e999', 10, 'expected a number such as 5'],
    ['data.x > 1.', 10, 'expected a number such as 5'],
    ['data.x > 5; drop', 11, '";" means nothing here'],
    ['data.x > \u{1f600}', 10, 'means nothing here'],
    ['data.x == `a`', 11, '"`" means nothing here'],
    [`data.x > ${'1'.repeat(400)}`, 10, 'expected a number such as 5'],
  ])('%s: at character %i, %s', (text, character, message) => {
    const parsed = parseExpression(text);
    // A word that is a function elsewhere is a field where no parenthesis follows.
    if (message === undefined) return expect(parsed.isValid).toBe(true);
    const fault = parsed.isValid ? undefined : formatFault(parsed.fault);
    expect(fault).toContain(`at character ${character}: `);
    expect(fault).toContain(message);
  });

  it('is refused for its length, and for its depth, long before the stack ends [P3]', () => {
    const faultOf = (text: string) => {
      const parsed = parseExpression(text);
      return parsed.isValid ? undefined : parsed.fault.message;
    };
    expect(faultOf('('.repeat(1e6))).toContain(`longer than ${MAX_EXPRESSION_CHARACTERS}`);
    expect(faultOf('('.repeat(MAX_EXPRESSION_CHARACTERS))).toContain('nested deeper');
    expect(faultOf('not '.repeat(400))).toContain('nested deeper');
    const deepest = `${'('.repeat(MAX_EXPRESSION_DEPTH)}data.x${')'.repeat(MAX_EXPRESSION_DEPTH)}`;
    expect(faultOf(deepest)).toBeUndefined();
    expect(faultOf(`(${deepest})`)).toContain('nested deeper');
    expect(faultOf(`data${'.x'.repeat(16)}`)).toContain('at most 16 levels');
    expect(faultOf(`a${' and a'.repeat(300)}`)).toBeUndefined();
  });
});
