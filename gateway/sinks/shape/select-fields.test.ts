import { describe, expect, it } from 'vitest';
import { parsePath } from './expression/read-path.ts';
import { compileSelection, type FieldSelection, selectFields } from './select-fields.ts';

function select(kind: FieldSelection['kind'], fields: readonly string[], json: string): string {
  const paths = fields.map((field) => {
    const parsed = parsePath(field);
    if (!parsed.isValid) throw new Error(parsed.fault.message);
    return parsed.path;
  });
  return selectFields(json, compileSelection(kind, paths));
}

const HEAD = '"type":"gnss.position","version":1,"time":"2026-11-20T15:04:05.200Z","clock":"gnss"';

describe('keeping', () => {
  const keep = (fields: readonly string[], json: string) => select('keep', fields, json);

  it('leaves the envelope and what is named', () => {
    const json = `{${HEAD},"data":{"latitude":48.1,"speedKmh":48.60,"fix":"3d"},"trace":1}`;
    expect(keep(['data.speedKmh', 'data.fix'], json)).toBe(`{${HEAD},"data":{"speedKmh":48.60,"fix":"3d"}}`);
  });

  it('leaves an event an event though nothing of its data stays', () => {
    expect(keep(['data.absent'], `{${HEAD},"data":{"fix":"3d"}}`)).toBe(`{${HEAD},"data":{}}`);
    expect(keep(['trace'], `{${HEAD},"data":{"fix":"3d"},"trace":1}`)).toBe(`{${HEAD},"data":{},"trace":1}`);
  });

  it('keeps the time basis of an event without a time', () => {
    const json =
      '{"type":"a.b","version":1,"clock":"none","boot":"00000000000000cc","monotonicMs":12.5,"data":{"x":1}}';
    expect(keep(['data.y'], json)).toBe(json.replace('{"x":1}', '{}'));
  });

  it('goes into objects, and into each object of a list', () => {
    const json = '{"data":{"signals":{"A":{"value":1,"unit":"rpm"},"B":{"value":2}},"list":[{"a":1,"b":2},3,{"b":4}]}}';
    expect(keep(['data.signals.A.value', 'data.list.b'], json)).toBe(
      '{"data":{"signals":{"A":{"value":1}},"list":[{"b":2},3,{"b":4}]}}',
    );
  });

  it('takes all of a member that is named beside one inside it', () => {
    expect(keep(['data.a.b', 'data.a'], '{"data":{"a":{"b":1,"c":2}}}')).toBe('{"data":{"a":{"b":1,"c":2}}}');
  });

  it('leaves out what a path would have to go on into', () => {
    expect(keep(['data.a.b'], '{"data":{"a":5,"c":2}}')).toBe('{"data":{}}');
  });
});

describe('leaving out', () => {
  const leaveOut = (fields: readonly string[], json: string) => select('leaveOut', fields, json);

  it('takes what is named away', () => {
    const json = `{${HEAD},"data":{"latitude":48.1,"speedKmh":48.6},"trace":1}`;
    expect(leaveOut(['data.latitude', 'trace'], json)).toBe(`{${HEAD},"data":{"speedKmh":48.6}}`);
    expect(leaveOut(['data'], json)).toBe(`{${HEAD},"data":{},"trace":1}`);
    expect(leaveOut(['data.signals.A'], '{"data":{"signals":{"A":1,"B":2}}}')).toBe('{"data":{"signals":{"B":2}}}');
    expect(leaveOut(['data.a.b'], '{"data":{"a":5}}')).toBe('{"data":{"a":5}}');
  });

  it('never takes the envelope, whatever is asked', () => {
    expect(leaveOut(['type', 'time.x'], `{${HEAD},"data":{}}`)).toBe(`{${HEAD},"data":{}}`);
  });
});

it.each([
  '1.50',
  '1e3',
  '-0',
  '12345678901234567890',
  '0.1000000000000000055511151231257827',
  '"\\u00e4\\"]}{["',
  '"\\\\"',
  '[[1,2],{"a":"}"}]',
  'null',
  '{ "a" : [ ] }',
])('copies what stays as it was written: %s', (written) => {
  expect(select('keep', ['data.x'], `{ "data" : { "y" : 1 , "x" : ${written} , "z":[] } }`)).toBe(
    `{"data":{"x":${written}}}`,
  );
  expect(select('leaveOut', ['data.y'], `{"data":{"y":${written},"x":${written}}}`)).toBe(`{"data":{"x":${written}}}`);
});

it('finds a name however it is spelled, and every one of its repeats', () => {
  const json = '{"d\\u0061ta":{"x":1,"\\u0078":2,"y":3}}';
  expect(select('leaveOut', ['data.x'], json)).toBe('{"d\\u0061ta":{"y":3}}');
  expect(select('keep', ['data.x'], json)).toBe('{"d\\u0061ta":{"x":1,"\\u0078":2}}');
});

it('knows names that objects inherit only where they are written', () => {
  const json = '{"data":{"__proto__":{"x":1},"constructor":2,"y":3}}';
  expect(select('keep', ['data.__proto__.x'], json)).toBe('{"data":{"__proto__":{"x":1}}}');
  expect(select('leaveOut', ['data.toString'], json)).toBe(json);
});

it.each(['[1]', '5', '"text"', 'null'])('leaves what is no object as it is: %s', (json) => {
  expect(select('keep', ['data.x'], json)).toBe(json);
});

it('goes no deeper than the paths, however deep the text is [P3]', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(select('leaveOut', ['data.x'], `{"data":{"x":${deep},"y":1}}`)).toBe('{"data":{"y":1}}');
  expect(select('keep', ['data.x.y'], `{"data":{"x":${deep}}}`)).toBe(`{"data":{"x":${deep}}}`);
});
