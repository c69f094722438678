import { expect, it } from 'vitest';
import { formatProblem } from '#gateway/config/config-problem.ts';
import { parseConfig } from '#gateway/config/parse-config.ts';

/** The configuration of one sink, whose filter has the rules of `lines`. */
function parse(...lines: readonly string[]) {
  const text = `version: 1
gateway: { id: truck-7 }
dataDir: ./data
sinks:
  - id: hub
    type: mqtt
    url: mqtts://hub.example.com
    filter:
${lines.map((line) => `      - ${line}\n`).join('')}`;
  return parseConfig(Buffer.from(text), 'waystation.yaml');
}

function problemsOf(...lines: readonly string[]): readonly string[] {
  const parsed = parse(...lines);
  return parsed.isValid ? [] : parsed.problems.map((problem) => formatProblem('f', problem));
}

it('reads every key of a rule', () => {
  const lines = [
    '{ topics: ["devices/+/sky"], drop: true }',
    '{ topics: ["devices/can0/#"], when: "data.signals.EngineSpeed.value > 500" }',
    '{ topics: ["sensors/#"], deadband: 0.2, maxIntervalMs: 60000 }',
    '{ topics: ["devices/+/position"], minIntervalMs: 900, deadband: { field: data.speedKmh, absolute: 2, percent: 5 } }',
    `{ topics: ["events/#"], onChange: [data.state], topic: "ev/\${1}" }`,
    '{ topics: ["devices/+/dtc"], onChange: true, fields: [data.code, data.state] }',
    '{ topics: ["devices/#"], withoutFields: [data.satellites] }',
  ];
  const parsed = parse(...lines);
  expect(problemsOf(...lines)).toEqual([]);
  const [sink] = parsed.isValid ? parsed.config.sinks : [];
  expect(sink?.filter).toHaveLength(lines.length);
  expect(sink?.filter[3]).toMatchObject({ deadband: { field: 'data.speedKmh', absolute: 2, percent: 5 } });
});

const BROKEN: readonly (readonly [rule: string, problem: string])[] = [
  ['{ topics: ["a"] }', ':9 sinks[0].filter[0] does nothing yet: state one of drop, when, minIntervalMs'],
  ['{ topics: [], drop: true }', 'filter[1].topics needs at least 1'],
  ['{ topics: ["a"], drop: false }', 'filter[2].drop expected true, found false'],
  ['{ topics: ["a"], drop: true, when: "data.x" }', 'filter[3].drop drop stands alone'],
  ['{ topics: ["a"], drop: true, maxIntervalMs: 5 }', 'filter[4].drop drop stands alone'],
  ['{ topics: ["a"], wenn: "data.x" }', 'unknown key; did you mean when?'],
  [
    '{ topics: ["a"], when: "data.x >" }',
    ':32 sinks[0].filter[6].when at character 9: expected a field such as data.speedKmh, or a value, found the end',
  ],
  ['{ topics: ["a"], when: "" }', 'at character 1: expected a field'],
  ['{ topics: ["a"], when: true }', 'expected text, found true'],
  [`{ topics: ["a"], when: "${'a'.repeat(2001)}" }`, 'at character 2001: longer than 2000 characters'],
  ['{ topics: ["a"], minIntervalMs: 0 }', 'must be at least 1, found 0'],
  ['{ topics: ["a"], maxIntervalMs: 5 }', 'filter[11].maxIntervalMs goes with deadband or onChange'],
  [
    '{ topics: ["a"], minIntervalMs: 9, maxIntervalMs: 5, deadband: 1 }',
    'filter[12].maxIntervalMs must not be less than minIntervalMs',
  ],
  ['{ topics: ["a"], deadband: -1 }', 'filter[13].deadband must be at least 0, found -1'],
  ['{ topics: ["a"], deadband: { absolute: 1 } }', 'filter[14].deadband expected a number, or { field: data.speedKmh'],
  ['{ topics: ["a"], deadband: { field: data.x } }', 'filter[15].deadband needs absolute, or percent'],
  [
    '{ topics: ["a"], deadband: { field: "data.", absolute: 1 } }',
    'filter[16].deadband.field at character 6: expected a name behind the dot, found the end',
  ],
  ['{ topics: ["a"], onChange: false }', 'filter[17].onChange expected true, or a list of fields'],
  ['{ topics: ["a"], onChange: [] }', 'filter[18].onChange needs at least 1'],
  [
    '{ topics: ["a"], onChange: ["data x"] }',
    'filter[19].onChange[0] at character 6: expected a dot, a bracket or the end',
  ],
  ['{ topics: ["a"], fields: [data.a], withoutFields: [data.b] }', 'fields says already what stays'],
  ['{ topics: ["a"], withoutFields: [time] }', 'filter[21].withoutFields[0] time always stays'],
  ['{ topics: ["a"], fields: ["data.list[0].x"] }', 'a selection goes for everything in a list: write data.list.x'],
  ['{ topics: ["a"], fields: ["$"] }', 'filter[23].fields[0] expected a field such as data.speedKmh'],
  [`{ topics: ["a/+"], topic: "x/\${2}" }`, `filter[24].topic \${2} is what wildcard 2 of topics matched; a/+ has 1`],
  ['{ topics: ["a"], topic: "down/x" }', 'filter[25].topic must not begin with down/'],
  ['{ topics: ["a"], topic: "x/+" }', 'filter[26].topic has no wildcards'],
  ['{ topics: ["a"], topic: "" }', 'filter[27].topic needs a first level that is not empty'],
];

it('says where each rule is wrong, and what to write', () => {
  const problems = problemsOf(...BROKEN.map(([rule]) => rule));
  expect(problems).toEqual(BROKEN.map(([, problem]) => expect.stringContaining(problem)));
  // Each under its own line: the first rule stands on the ninth.
  expect(problems.map((problem) => Number(problem.split(':')[1]))).toEqual(BROKEN.map((_, index) => index + 9));
});

it('takes no more rules than can be looked through', () => {
  const many = Array.from({ length: 101 }, () => '{ topics: ["a"], drop: true }');
  expect(problemsOf(...many)).toEqual([expect.stringContaining('has at most 100 rules')]);
});
