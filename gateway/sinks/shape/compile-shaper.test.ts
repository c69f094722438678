import { describe, expect, it } from 'vitest';
import type { EventRecord } from '#gateway/model/message.ts';
import { compileShaper, MAX_REMEMBERED_TOPICS } from './compile-shaper.ts';
import type { FilterRule } from './filter-rule.ts';
import { sampleEvent, sampleRecord } from './sample-record.ts';
import type { Decision } from './shaper.ts';

const EVERY = { topics: ['#'] };

/** Decides on records in order, as the delivery loop does: what passes is remembered. */
function run(rules: readonly FilterRule[], records: readonly EventRecord[]): readonly Decision[] {
  const shaper = compileShaper(rules);
  const memory = shaper.openMemory();
  return records.map((record) => {
    const decision = shaper.decide(record, memory);
    if (decision.passes && decision.change !== undefined) memory.apply(decision.change);
    return decision;
  });
}

/** A letter for each record: `p` for one that passes, else that of the reason. */
function outcome(rules: readonly FilterRule[], records: readonly EventRecord[]): string {
  return run(rules, records)
    .map((decision) => (decision.passes ? 'p' : decision.reason.slice(0, 1)))
    .join('');
}

function shaped(rules: readonly FilterRule[], record: EventRecord): EventRecord {
  const [decision] = run(rules, [record]);
  if (decision?.passes !== true) throw new Error('left out');
  return decision.record;
}

const numbers = (...values: readonly unknown[]) =>
  values.map((payload, index) => sampleRecord({ payload, atMs: index * 100 }));

it('passes everything, as it is, without rules and without one that matches', () => {
  const record = sampleRecord();
  expect(run([], [record])).toEqual([{ passes: true, record }]);
  expect(shaped([{ topics: ['devices/#'], drop: true }], record)).toBe(record);
});

describe('drop', () => {
  it.each([
    ['devices/gps0/sky', false],
    ['devices/gps1/sky', false],
    ['devices/gps0/position', true],
    ['commands/restart', false],
    ['commands', false],
    ['sensors/tyre/1', true],
  ])('leaves out what one of its topic filters matches: %s passes = %s', (topic, passes) => {
    const rules: readonly FilterRule[] = [{ topics: ['devices/+/sky', 'commands/#'], drop: true }];
    const twice = run(rules, [sampleRecord({ topic }), sampleRecord({ topic })]);
    expect(twice.map((decision) => decision.passes)).toEqual([passes, passes]);
  });

  it('decides alike after its memory of topics began anew [P3]', () => {
    const shaper = compileShaper([{ topics: ['noise/#'], drop: true }]);
    const passes = (topic: string) => shaper.decide(sampleRecord({ topic }), shaper.openMemory()).passes;
    for (let index = 0; index < MAX_REMEMBERED_TOPICS + 10; index++) expect(passes(`noise/${index}`)).toBe(false);
    expect(passes('noise/0')).toBe(false);
    expect(passes('signal/0')).toBe(true);
  });
});

describe('when', () => {
  const rules: readonly FilterRule[] = [{ ...EVERY, when: 'data.speedKmh > 50' }];

  it('forwards what its condition holds for', () => {
    const events = [49, 51, '51', null].map((speedKmh) => sampleEvent({ speedKmh }));
    expect(outcome(rules, events)).toBe('wpww');
  });

  it('leaves out what has no such field, and what is no JSON', () => {
    const payloads = ['{}', '{"data":', '', 'ON', Buffer.from([0xff]), '[1]', '\ufeff{"data":{"speedKmh":60}}'];
    expect(
      outcome(
        rules,
        payloads.map((payload) => sampleRecord({ payload })),
      ),
    ).toBe('wwwwwww');
  });

  it('takes the last of repeated keys, as every JSON parser here does', () => {
    expect(outcome(rules, [sampleRecord({ payload: '{"data":{"speedKmh":60},"data":{"speedKmh":1}}' })])).toBe('w');
  });

  it('sees a text that is no JSON as the whole payload', () => {
    expect(outcome([{ ...EVERY, when: '$ == "ON"' }], numbers('ON', 'OFF', '"ON"'))).toBe('pwp');
  });
});

describe('minIntervalMs', () => {
  const rules: readonly FilterRule[] = [{ ...EVERY, minIntervalMs: 1000 }];
  const at = (atMs: number, topic = 'a') => sampleRecord({ atMs, topic });

  it('counts from the last that was forwarded, for each topic by itself', () => {
    expect(outcome(rules, [at(0), at(999), at(1000), at(1001), at(1999), at(2000), at(2001, 'b')])).toBe('pmpmmpp');
  });

  it('counts over a restart by the date, and from the beginning where there is none', () => {
    const next = { clockRun: '00000000000000dd', monotonicMs: 0 };
    const wallMs = Date.UTC(2026, 10, 20, 15);
    const later = (ms: number, fields = {}) =>
      sampleRecord({ topic: 'a', stamp: { ...next, wallMs: wallMs + ms, ...fields } });
    expect(outcome(rules, [at(0), later(500)])).toBe('pm');
    expect(outcome(rules, [at(0), later(1000)])).toBe('pp');
    expect(outcome(rules, [at(0), later(-500)])).toBe('pp');
    expect(outcome(rules, [at(0), later(500, { quality: 'none' })])).toBe('pp');
  });

  it('is not moved by what another rule leaves out', () => {
    const both = [...rules, { ...EVERY, when: '$ > 0' }];
    const records = [1, -1, 1].map((payload, index) => sampleRecord({ payload, atMs: 600 * index, topic: 'a' }));
    expect(outcome(both, records)).toBe('pmp');
  });
});

describe('deadband', () => {
  it('measures from the value that was forwarded last, and passes what is beyond it', () => {
    expect(outcome([{ ...EVERY, deadband: 0.5 }], numbers(1, 1.25, 1.5, 1.75, 1.5, 1.25, 1))).toBe('puupuup');
    expect(outcome([{ ...EVERY, deadband: 0 }], numbers(1, 1, 1.1, 0, -0))).toBe('puppu');
  });

  it('takes percent of the value forwarded last, or the larger of both', () => {
    const of = (deadband: FilterRule['deadband']) => [{ ...EVERY, deadband }];
    expect(outcome(of({ field: '$', percent: 10 }), numbers(100, 110, 111, 100, 99))).toBe('pupup');
    expect(outcome(of({ field: '$', percent: 10 }), numbers(0, 0, 0.1))).toBe('pup');
    expect(outcome(of({ field: '$', percent: 10, absolute: 1 }), numbers(0, 1, 2, 3.1, 50, 54, 56))).toBe('pupppup');
  });

  it('watches a field of an event', () => {
    const events = [48, 49, 50.5].map((speedKmh, index) => sampleEvent({ speedKmh }, index));
    expect(outcome([{ ...EVERY, deadband: { field: 'data.speedKmh', absolute: 2 } }], events)).toBe('pup');
  });

  it('passes what has no such number, and what follows it: nothing is left out that it cannot judge', () => {
    expect(outcome([{ ...EVERY, deadband: 5 }], numbers(1, 'ON', 1, 2, '"2"', '1e999', null, 1, 1))).toBe('pppuppppu');
  });
});

describe('onChange', () => {
  it('watches the data of an event, not its time', () => {
    const events = [{ fix: '3d' }, { fix: '3d' }, { fix: '2d' }, {}, {}].map((data, index) => sampleEvent(data, index));
    expect(outcome([{ ...EVERY, onChange: true }], events)).toBe('puppu');
  });

  it('watches the bytes of any other payload', () => {
    expect(
      outcome(
        [{ ...EVERY, onChange: true }],
        numbers('ON', 'ON', 'OFF', Buffer.from([0xff]), Buffer.from([0xff]), '', ''),
      ),
    ).toBe('puppupu');
  });

  it('watches fields: a missing one is a value too, unless all are missing', () => {
    const rules: readonly FilterRule[] = [{ ...EVERY, onChange: ['data.a', 'data.b'] }];
    const data = [
      { a: 1 },
      { a: 1, c: 5 },
      { a: 1, b: null },
      { b: 1 },
      { b: 1 },
      {},
      {},
      { a: { x: [1] } },
      { a: { x: [1] } },
    ];
    expect(
      outcome(
        rules,
        data.map((each, index) => sampleEvent(each, index)),
      ),
    ).toBe('puppupppu');
  });

  it('passes what is nested too deeply to be compared', () => {
    const payload = `{"data":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`;
    const records = numbers(payload, payload);
    expect(outcome([{ ...EVERY, onChange: ['data.a'] }], records)).toBe('pp');
  });
});

describe('rules together', () => {
  it('a rule forwards what changed in one of what it watches, and not too often', () => {
    const rules: readonly FilterRule[] = [
      { ...EVERY, minIntervalMs: 200, deadband: { field: 'data.v', absolute: 5 }, onChange: ['data.s'] },
    ];
    const events = [
      [0, { v: 1, s: 'a' }],
      [100, { v: 9, s: 'a' }],
      [200, { v: 9, s: 'a' }],
      [500, { v: 9, s: 'b' }],
      [900, { v: 9, s: 'b' }],
    ] as const;
    expect(
      outcome(
        rules,
        events.map(([atMs, data]) => sampleEvent(data, atMs)),
      ),
    ).toBe('pmppu');
  });

  it('each looks at what it watches itself, and all must let an event through', () => {
    const rules: readonly FilterRule[] = [
      { ...EVERY, deadband: { field: 'data.v', absolute: 1 } },
      { ...EVERY, onChange: ['data.s'] },
    ];
    const data = [
      { v: 1, s: 'a' },
      { v: 9, s: 'a' },
      { v: 1, s: 'b' },
      { v: 9, s: 'b' },
    ];
    const decisions = run(
      rules,
      data.map((each, index) => sampleEvent(each, index)),
    );
    expect(decisions.map((decision) => (decision.passes ? undefined : decision.ruleIndex))).toEqual([
      undefined,
      1,
      0,
      undefined,
    ]);
  });

  it('maxIntervalMs forwards what is unchanged when the last is so old', () => {
    const rules: readonly FilterRule[] = [{ ...EVERY, deadband: 1, maxIntervalMs: 250 }];
    expect(outcome(rules, numbers(1, 1, 1, 1, 1, 1))).toBe('puupuu');
  });

  it('the first that leaves out is named; one that drops goes before all', () => {
    const rules: readonly FilterRule[] = [
      { ...EVERY, when: 'false' },
      { topics: ['a'], drop: true },
    ];
    expect(run(rules, [sampleRecord({ topic: 'a' }), sampleRecord({ topic: 'b' })])).toEqual([
      { passes: false, reason: 'drop', ruleIndex: 1 },
      { passes: false, reason: 'when', ruleIndex: 0 },
    ]);
  });

  it('keep what they remember when others are changed, and begin anew where they watch something else', () => {
    const before = compileShaper([{ ...EVERY, deadband: { field: 'data.v', absolute: 1 } }]);
    const first = before.decide(sampleEvent({ v: 1, w: 1 }), before.openMemory());
    const memory = before.openMemory();
    if (first.passes && first.change !== undefined) memory.apply(first.change);
    const state = memory.encode(1000);
    const passes = (rules: readonly FilterRule[]) => {
      const shaper = compileShaper(rules);
      return shaper.decide(sampleEvent({ v: 1, w: 1 }, 1), shaper.openMemory(state)).passes;
    };
    expect(
      passes([
        { ...EVERY, when: 'data.v > 0' },
        { ...EVERY, deadband: { field: 'data.v', absolute: 5 } },
      ]),
    ).toBe(false);
    expect(passes([{ ...EVERY, deadband: { field: 'data.w', absolute: 1 } }])).toBe(true);
  });

  it('say when what they remembered cannot be read, and begin anew', () => {
    const reasons: string[] = [];
    const shaper = compileShaper([{ ...EVERY, minIntervalMs: 1000 }]);
    const memory = shaper.openMemory(Buffer.from('junk'), (reason) => reasons.push(reason));
    expect(reasons).toEqual(['unknown-version']);
    expect(shaper.decide(sampleRecord(), memory).passes).toBe(true);
  });
});

describe('shaping', () => {
  it('selects fields of events of ours, and leaves what sensors publish alone', () => {
    const rules: readonly FilterRule[] = [
      { ...EVERY, fields: ['data.fix'] },
      { ...EVERY, withoutFields: ['data.fix.a'] },
    ];
    const event = sampleEvent({ fix: { a: 1, b: 2 }, hdop: 1 });
    expect(JSON.parse(Buffer.from(shaped(rules, event).payload).toString())).toMatchObject({
      type: 'gnss.position',
      clock: 'gnss',
      data: { fix: { b: 2 } },
    });
    const opaque = sampleRecord({ payload: { data: { x: 1 } } });
    expect(shaped(rules, opaque)).toBe(opaque);
    const broken = sampleRecord({ topic: 'devices/gps0/position', payload: '{"data":' });
    expect(shaped(rules, broken)).toBe(broken);
    const all = sampleEvent({ fix: { b: 2 } });
    expect(shaped([{ ...EVERY, fields: ['data.fix'] }], all)).toBe(all);
  });

  it('rewrites topics: the last rule that matches does, and the event stays one of ours', () => {
    const rules: readonly FilterRule[] = [
      { topics: ['devices/#'], topic: 'first' },
      { topics: ['devices/+/+'], topic: `t/\${2}/\${1}` },
    ];
    expect(shaped(rules, sampleEvent({}))).toMatchObject({
      topic: 't/position/gps0',
      journalTopic: 'devices/gps0/position',
    });
  });

  it('looks at the event of the journal, whatever a rule before makes of it', () => {
    const rules: readonly FilterRule[] = [
      { ...EVERY, topic: 'x', withoutFields: ['data.v'] },
      { topics: ['devices/#'], when: 'data.v > 1', deadband: { field: 'data.v', absolute: 1 } },
    ];
    const events = [1, 5, 5.5, 7].map((v, index) => sampleEvent({ v }, index));
    expect(outcome(rules, events)).toBe('wpup');
  });

  it('forwards under the own topic where the template would lead out of the branch of the gateway', () => {
    const rules: readonly FilterRule[] = [{ topics: ['sensors/#'], topic: `\${1}` }];
    for (const topic of ['sensors/down/restart', 'sensors/$SYS', 'sensors//x', 'sensors', 'sensors/batch/a']) {
      const record = sampleRecord({ topic });
      expect(shaped(rules, record)).toBe(record);
    }
  });
});

it('refuses a rule with faults', () => {
  expect(() => compileShaper([{ ...EVERY, when: 'data.x >' }])).toThrow('filter.0.when: at character 9');
});
