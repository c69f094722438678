import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseScenario } from './scenario.ts';

describe('parseScenario', () => {
  it('reads the example', () => {
    const steps = parseScenario(readFileSync(new URL('scenarios/rough-day.json', import.meta.url), 'utf8'));
    expect(steps.length).toBeGreaterThan(5);
    expect(new Set(steps.map(({ fault }) => fault.do))).toEqual(new Set(['garbage', 'silence', 'unplug', 'replug']));
  });

  it('gives the steps in order of time', () => {
    const text =
      '{"steps":[{"atMs":2,"do":"replug","port":"can"},{"atMs":1,"do":"silence","port":"gnss","durationMs":9}]}';
    expect(parseScenario(text)).toEqual([
      { atMs: 1, fault: { do: 'silence', port: 'gnss', durationMs: 9 } },
      { atMs: 2, fault: { do: 'replug', port: 'can' } },
    ]);
  });

  it.each([
    ['not JSON', '{'],
    ['steps: an array of faults is expected', '[]'],
    ['steps: an array of faults is expected', '{"steps":{}}'],
    ['name: unknown', '{"name":"x","steps":[]}'],
    ['steps[0]: an object is expected', '{"steps":[1]}'],
    ['steps[0].atMs: milliseconds, 0 or more', '{"steps":[{"do":"unplug","port":"can"}]}'],
    ['steps[0].atMs: milliseconds, 0 or more', '{"steps":[{"atMs":-1,"do":"unplug","port":"can"}]}'],
    [
      'steps[1].do: one of unplug',
      '{"steps":[{"atMs":0,"do":"unplug","port":"can"},{"atMs":0,"do":"explode","port":"can"}]}',
    ],
    ['steps[0].port: one of gnss, can', '{"steps":[{"atMs":0,"do":"unplug","port":"gps0"}]}'],
    ['steps[0].after: unknown', '{"steps":[{"atMs":0,"do":"unplug","port":"can","after":1}]}'],
    ['steps[0].durationMs: only for silence', '{"steps":[{"atMs":0,"do":"unplug","port":"can","durationMs":1}]}'],
    ['steps[0].durationMs: milliseconds', '{"steps":[{"atMs":0,"do":"silence","port":"can","durationMs":"1s"}]}'],
  ])('says %s for %s', (problem, text) => {
    expect(() => parseScenario(text)).toThrow(problem);
  });

  it('names every problem at once', () => {
    expect(() => parseScenario('{"steps":[{"atMs":"x","do":"y","port":"z"}]}')).toThrow(
      /atMs.*; steps\[0\]\.do.*; steps\[0\]\.port/,
    );
  });
});
