import { expect, it } from 'vitest';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import { compileFilter, MAX_REMEMBERED_TOPICS } from './compile-filter.ts';

const topic = (name: string) => sampleRecord({ topic: name });

it('passes everything without rules', () => {
  expect(compileFilter([])(topic('devices/gps0/sky'))).toBe(true);
});

it.each([
  ['devices/gps0/sky', false],
  ['devices/gps1/sky', false],
  ['devices/gps0/position', true],
  ['commands/restart', false],
  ['commands', false],
  ['sensors/tyre/1', true],
])('drops what one of its topic filters matches: %s passes = %s', (name, passes) => {
  const filter = compileFilter([{ topics: ['devices/+/sky', 'commands/#'], drop: true }]);
  expect(filter(topic(name))).toBe(passes);
  expect(filter(topic(name))).toBe(passes);
});

it('decides alike after its memory of topics began anew [P3]', () => {
  const filter = compileFilter([{ topics: ['noise/#'], drop: true }]);
  for (let index = 0; index < MAX_REMEMBERED_TOPICS + 10; index++) {
    expect(filter(topic(`noise/${index}`))).toBe(false);
  }
  expect(filter(topic('noise/0'))).toBe(false);
  expect(filter(topic('signal/0'))).toBe(true);
});
