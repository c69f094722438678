import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileShaper } from './compile-shaper.ts';
import { MAX_EXPRESSION_CHARACTERS } from './expression/expression.ts';
import { parseExpression } from './expression/parse-expression.ts';
import { type FilterRule, MAX_FILTER_RULES, MAX_RULE_TOPICS } from './filter-rule.ts';
import { sampleRecord } from './sample-record.ts';

const MiB = 2 ** 20;
/** Far more than is needed here, and far less than anything takes that grows with a square. */
const MAX_EVENT_CPU_MS = 3000;
const MAX_TOPIC_CPU_MS = 200;

/** Of this thread alone: others have work of their own. */
function cpuMsOf(action: () => void): number {
  const before = process.threadCpuUsage();
  action();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

const condition = (name: string) => `(${name}.x > 5 or not exists(${name}["y"]) or ${name}.s in ["a", "b"])`;
/** One rule of every kind on all topics, with as long a condition as there may be. */
const RULES: readonly FilterRule[] = [
  { topics: ['#'], when: longest(['data', 'a', '$', 'data.list[0]'].map(condition)) },
  { topics: ['#'], deadband: { field: 'data.v', absolute: 1, percent: 5 }, onChange: ['$', 'data', 'data.s'] },
  { topics: ['devices/#', 'sensors/#'], onChange: true, minIntervalMs: 1 },
  { topics: ['devices/#'], fields: ['data.a.b', 'data.s', 'data.list.x', 'trace'] },
  { topics: ['devices/#'], withoutFields: ['data.a.c', 'data.t'], topic: `t/\${1}` },
];

function longest(conditions: readonly string[]): string {
  let text = 'exists(nothing) or $ != 0';
  for (let index = 0; ; index++) {
    const next = `${text} or ${conditions[index % conditions.length]}`;
    if (next.length > MAX_EXPRESSION_CHARACTERS) return text;
    text = next;
  }
}

const filled = (piece: string, sizeBytes: number) => piece.repeat(Math.ceil(sizeBytes / piece.length));
const HOSTILE: Readonly<Record<string, (sizeBytes: number) => string>> = {
  'lists in lists': (size) => '['.repeat(size / 2) + ']'.repeat(size / 2),
  'lists that do not end': (size) => '['.repeat(size),
  'objects in objects': (size) => `${filled('{"data":', size * 0.8)}1${'}'.repeat(size / 10)}`,
  'a list of lists in data': (size) => `{"data":{"a":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}}`,
  'one text': (size) => `{"data":{"s":"${'x'.repeat(size)}"}}`,
  'a text of backslashes': (size) => `{"data":{"s":"${filled('\\\\', size)}"}}`,
  'a text of quotes': (size) => `{"data":{"s":"${filled('\\"', size)}"}}`,
  'a text that does not end': (size) => `{"data":{"s":"${filled('\\"', size)}`,
  'one number': (size) => '9'.repeat(size),
  'a number in data': (size) => `{"data":{"v":-0.${'1'.repeat(size)}e${'9'.repeat(9)}}}`,
  'an exponent': (size) => `1e${'9'.repeat(size)}`,
  blanks: (size) => `${' '.repeat(size)}x`,
  'blanks around nothing': (size) => `{${' '.repeat(size)}"data"${' '.repeat(9)}:{}}`,
  'one name again and again': (size) => `{${filled('"data":{"s":1},', size)}"data":{}}`,
  'names that are escaped': (size) => `{${filled('"\\u0064ata":{"\\u0073":1},', size)}"data":{}}`,
  'many names': (size) => `{"data":{${Array.from({ length: size / 16 }, (_, index) => `"k${index}":1`).join(',')}}}`,
  'a list of objects': (size) => `{"data":{"list":[${filled('{"x":1,"y":2},', size)}{}]}}`,
};

describe('a filter spends little on an event, whatever a client publishes', () => {
  it.each(Object.keys(HOSTILE))('such as %s', (kind) => {
    const shaper = compileShaper(RULES);
    const memory = shaper.openMemory();
    const record = sampleRecord({ topic: 'devices/x/a', payload: HOSTILE[kind]?.(MiB) });
    expect(cpuMsOf(() => shaper.decide(record, memory))).toBeLessThan(MAX_EVENT_CPU_MS);
  });

  it('any bytes among them', () => {
    const shaper = compileShaper(RULES);
    const piece = fc.oneof(
      fc.constantFrom('{', '[', '"', '\\', '}', ']', ',', ':', ' ', '1', 'e', '"data"', '{"data":', '\u0000', 'ü'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    const payload = fc.tuple(fc.array(piece, { minLength: 1, maxLength: 6 }), fc.nat(3)).map(([pieces, tail]) => {
      return filled(pieces.join('') || ' ', MiB / 32) + '}'.repeat(tail);
    });
    fc.assert(
      fc.property(payload, fc.constantFrom('devices/x/a', 'sensors/x'), (text, topic) => {
        const record = sampleRecord({ topic, payload: text });
        expect(cpuMsOf(() => shaper.decide(record, shaper.openMemory()))).toBeLessThan(MAX_EVENT_CPU_MS);
      }),
      { numRuns: 30 },
    );
  });

  it('on topics of which each is another, with as many topic filters as there may be', () => {
    const rules = Array.from({ length: MAX_FILTER_RULES }, (_, rule) => ({
      topics: Array.from({ length: MAX_RULE_TOPICS }, (__, place) => `${'+/'.repeat(30)}${rule}-${place}`),
      minIntervalMs: 1,
    }));
    const shaper = compileShaper(rules);
    const memory = shaper.openMemory();
    const topicOf = (index: number) => `${'x/'.repeat(30)}y${index}`;
    shaper.decide(sampleRecord({ topic: topicOf(0) }), memory);
    const cpuMs = cpuMsOf(() => {
      for (let index = 1; index <= 10; index++) shaper.decide(sampleRecord({ topic: topicOf(index) }), memory);
    });
    expect(cpuMs / 10).toBeLessThan(MAX_TOPIC_CPU_MS);
  });
});

describe('the configuration', () => {
  it('has conditions that are read in the time of their length', () => {
    const texts = ['(', 'not ', '"\\', 'a.', '[', '-', 'and ', 'a in [', '\u00e4', '0.', ' '];
    for (const piece of texts) {
      const text = filled(piece, MAX_EXPRESSION_CHARACTERS).slice(0, MAX_EXPRESSION_CHARACTERS);
      expect(cpuMsOf(() => parseExpression(text))).toBeLessThan(MAX_TOPIC_CPU_MS);
    }
  });
});
