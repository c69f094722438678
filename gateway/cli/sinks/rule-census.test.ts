import { describe, expect, it } from 'vitest';
import { sampleStored } from '#gateway/cli/journal/sample-item.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import type { FilterRule } from '#gateway/sinks/shape/filter-rule.ts';
import { FilterTally } from './filter-tally.ts';
import { formatReport } from './format-report.ts';
import { RuleCensus, type RuleRemark } from './rule-census.ts';

const records = (count: number, topic: string, payloadOf: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) =>
    sampleStored({ sequence: index + 1, topic, payload: Buffer.from(JSON.stringify(payloadOf(index))) }),
  );
const POSITIONS = records(30, 'devices/gps0/position', (index) => ({ data: { speedKmh: index, fix: '3d' } }));
const TYRES = records(10, 'sensors/tyre', () => 'flat');

function remarksOn(rules: readonly FilterRule[], items = [...POSITIONS, ...TYRES]): readonly RuleRemark[] {
  const [shaper, census] = [compileShaper(rules), new RuleCensus(rules)];
  const memory = shaper.openMemory();
  for (const { record } of items) {
    const decision = shaper.decide(record, memory);
    if (decision.passes && decision.change !== undefined) memory.apply(decision.change);
    census.note(record, decision);
  }
  return census.remarks();
}

const missing = (ruleIndex: number, key: string, field: string, askedCount: number, heldCount?: number) => ({
  ...{ kind: 'missingField', ruleIndex, key, field, askedCount },
  ...(heldCount === undefined ? {} : { heldCount }),
});

describe('a filter on what was seen', () => {
  it('has nothing strange about it where every rule finds its topics and its fields', () => {
    const rules: readonly FilterRule[] = [
      { topics: ['devices/+/position'], when: 'data.speedKmh > 5 or not exists(data.fix)', minIntervalMs: 2000 },
      { topics: ['devices/#'], deadband: { field: 'data.speedKmh', absolute: 2 } },
      { topics: ['sensors/#'], onChange: ['$'] },
    ];
    expect(remarksOn(rules)).toEqual([]);
  });

  it('has rules that match nothing, and rules that get nothing to see', () => {
    const rules: readonly FilterRule[] = [
      { topics: ['device/+/position', 'sensor/#'], drop: true },
      { topics: ['sensors/#'], when: '$ > 2' },
      { topics: ['sensors/tyre'], onChange: true },
      { topics: ['sensors/#'], drop: true },
    ];
    expect(remarksOn(rules)).toEqual([
      { kind: 'unmatched', ruleIndex: 0, topics: ['device/+/position', 'sensor/#'] },
      { kind: 'unasked', ruleIndex: 1, matchedCount: 10 },
      { kind: 'unasked', ruleIndex: 2, matchedCount: 10 },
    ]);
  });

  it('has conditions on fields that are nowhere', () => {
    const rules: readonly FilterRule[] = [
      { topics: ['devices/#'], when: 'not (data.sped > 5) and data.fix == "3d"' },
      { topics: ['devices/#'], when: 'data["speed-kmh"] > 5 or data.list[0] in [1]' },
      { topics: ['devices/#'], when: 'data.later > 5' },
    ];
    expect(remarksOn(rules)).toEqual([
      missing(0, 'when', 'data.sped', 30, 30),
      missing(1, 'when', 'data["speed-kmh"]', 30, 0),
      missing(1, 'when', 'data.list[0]', 30, 0),
      { kind: 'unasked', ruleIndex: 2, matchedCount: 30 },
    ]);
  });

  it('has a field that one event had: that is enough', () => {
    const late = records(1, 'devices/gps0/position', () => ({ data: { sped: null } }));
    expect(remarksOn([{ topics: ['devices/#'], when: 'data.sped > 5' }], [...POSITIONS, ...late])).toEqual([]);
  });

  it('has changes watched in fields that are nowhere, or are no numbers', () => {
    const rules: readonly FilterRule[] = [
      { topics: ['devices/#'], deadband: { field: 'data.fix', absolute: 1 } },
      { topics: ['sensors/#'], deadband: 0.5 },
      { topics: ['devices/#'], onChange: ['data.fix', 'data.valid'] },
    ];
    expect(remarksOn(rules)).toEqual([
      missing(0, 'deadband', 'data.fix', 30),
      missing(1, 'deadband', '$', 10),
      missing(2, 'onChange', 'data.valid', 30),
    ]);
  });

  it('has told nothing where nothing was seen', () => {
    expect(remarksOn([{ topics: ['a'], drop: true }], [])).toHaveLength(1);
  });
});

it('is told to people by the number of the rule, and what came of it', () => {
  const meter = { basis: '', add: () => 0, wireBytes: () => 0 };
  const tally = new FilterTally(
    [
      { topics: ['speed/#', 'x'], drop: true },
      { topics: ['devices/#'], when: 'data.sped > 5' },
      { topics: ['devices/#'], fields: ['data'] },
      { topics: ['sensors/#'], deadband: 1 },
    ],
    meter,
  );
  for (const item of [...POSITIONS, ...TYRES]) tally.add(item);
  const lines = formatReport(tally.report()).split('\n');
  expect(lines.filter((line) => line.startsWith('look at'))).toEqual([
    'look at    filter[0] matched none of these events; its topics: speed/#, x',
    'look at    filter[1].when field data.sped is in none of 30 events; the condition was false for all',
    'look at    filter[2] matched 30 events, and other rules had left all of them out',
    'look at    filter[3].deadband field $ is a number in none of 10 events; it left none of them out',
  ]);
});
