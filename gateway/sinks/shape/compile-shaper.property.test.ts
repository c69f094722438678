import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EventRecord } from '#gateway/model/message.ts';
import { isTopicName } from '#gateway/model/topic-filter.ts';
import { compileShaper } from './compile-shaper.ts';
import type { FilterRule } from './filter-rule.ts';
import { sampleRecord } from './sample-record.ts';
import { MAX_FILTER_MEMORY_BYTES } from './sent-memory.ts';
import type { Decision, FilterMemory, Shaper } from './shaper.ts';
import { RESERVED_LEVELS } from './topic-template.ts';

const fields = fc.constantFrom('data.v', 'data.s', '$', 'data.__proto__', 'data.list[0]');
const members = fc.constantFrom('data.v', 'data.s', 'data.list.x', 'trace');
const rules: fc.Arbitrary<readonly FilterRule[]> = fc.array(
  fc
    .record(
      {
        topics: fc.subarray(['devices/#', 'devices/+/a', 'sensors/#', '#', '+/x/+'], { minLength: 1 }),
        drop: fc.constant(true as const),
        when: fc.constantFrom('data.v > 0', 'not exists(data.s)', 'data.s in ["a", "b"] or $ != 1'),
        minIntervalMs: fc.integer({ min: 1, max: 500 }),
        deadband: fc.oneof(
          fc.integer({ min: 0, max: 3 }),
          fc.record({ field: fields, absolute: fc.nat(3), percent: fc.nat(20) }),
        ),
        onChange: fc.oneof(fc.constant(true as const), fc.array(fields, { minLength: 1, maxLength: 3 })),
        fields: fc.array(members, { minLength: 1, maxLength: 3 }),
        topic: fc.constantFrom(`t/\${1}`, `\${1}`, 'fixed'),
      },
      { requiredKeys: ['topics'] },
    )
    .map(sensible),
  { maxLength: 4 },
);

/** A rule that would be refused is not what is tried here. */
function sensible(rule: FilterRule): FilterRule {
  if (rule.drop === true) return { topics: rule.topics, drop: true };
  const watches = rule.deadband !== undefined || rule.onChange !== undefined;
  const hasWildcard = rule.topics.every((filter) => /[+#]/.test(filter));
  const { topic: _, ...rest } = rule;
  return {
    ...(hasWildcard ? rule : rest),
    minIntervalMs: rule.minIntervalMs ?? 1,
    ...(watches ? { maxIntervalMs: 700 } : {}),
  };
}

const values = fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constantFrom(null, 'a', 'b', 1e300, [1, { x: 2 }]));
const payloads = fc.oneof(
  fc.record({
    type: fc.constant('t'),
    version: fc.constant(1),
    data: fc.dictionary(fc.constantFrom('v', 's', 'list'), values),
  }),
  values,
  fc.constantFrom('ON', '{"data":', '', '{"data":{"v":1},"data":{"v":2}}', Buffer.from([0xff, 0])),
);
const records: fc.Arbitrary<readonly EventRecord[]> = fc
  .array(
    fc.record({
      topic: fc.constantFrom(
        'devices/x/a',
        'devices/y/a',
        'sensors/x/1',
        'sensors',
        'sensors/down/1',
        'devices//$x',
        'other',
      ),
      payload: payloads,
      stepMs: fc.integer({ min: -50, max: 300 }),
      run: fc.constantFrom('00000000000000aa', '00000000000000aa', '00000000000000aa', '00000000000000bb'),
      quality: fc.constantFrom('ntp', 'ntp', 'none'),
    }),
    { maxLength: 40 },
  )
  .map((steps) => {
    let atMs = 0;
    return steps.map(({ topic, payload, stepMs, run, quality }) => {
      atMs += stepMs;
      const wallMs = quality === 'none' ? 0 : 1.7e12 + atMs;
      return sampleRecord({ topic, payload, stamp: { monotonicMs: 1e6 + atMs / 3, wallMs, clockRun: run, quality } });
    });
  });

function decide(shaper: Shaper, memory: FilterMemory, record: EventRecord): Decision {
  const decision = shaper.decide(record, memory);
  if (decision.passes && decision.change !== undefined) memory.apply(decision.change);
  return decision;
}

it('decides by the records and the memory alone: wherever it stops and is read back, and whatever was asked in between', () => {
  fc.assert(
    fc.property(rules, records, fc.nat(40), (filter, all, stop) => {
      const straight = compileShaper(filter);
      const memory = straight.openMemory();
      const expected = all.map((record) => decide(straight, memory, record));

      const first = compileShaper(filter);
      const before = first.openMemory();
      const decisions = all.slice(0, stop).map((record) => decide(first, before, record));
      // Asking changes nothing, and a fork goes its own way.
      const fork = before.fork();
      for (const record of all) first.decide(record, before);
      for (const record of all) decide(first, fork, record);
      const second = compileShaper(filter);
      const after = second.openMemory(before.encode(MAX_FILTER_MEMORY_BYTES), (reason) => expect.unreachable(reason));
      decisions.push(...all.slice(stop).map((record) => decide(second, after, record)));
      expect(decisions).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

it('forwards the first of every topic that no condition concerns, under a topic of the branch of the gateway', () => {
  fc.assert(
    fc.property(rules, records, (filter, all) => {
      const shaper = compileShaper(filter.filter((rule) => rule.drop === undefined && rule.when === undefined));
      const memory = shaper.openMemory();
      const seen = new Set<string>();
      for (const record of all) {
        const decision = decide(shaper, memory, record);
        if (!seen.has(record.topic)) expect(decision.passes).toBe(true);
        seen.add(record.topic);
        if (!decision.passes || decision.record.topic === record.topic) continue;
        const [level = ''] = decision.record.topic.split('/');
        expect(isTopicName(decision.record.topic) && level !== '' && !RESERVED_LEVELS.includes(level)).toBe(true);
        expect(decision.record.journalTopic).toBe(record.topic);
      }
    }),
    { numRuns: 300 },
  );
});
