import { describe, expect, it } from 'vitest';
import { fillTemplate, parseTemplate } from './topic-template.ts';

function fill(text: string, filters: readonly string[], topic: string): string | undefined {
  const parsed = parseTemplate(text);
  if (!parsed.isValid) throw new Error(parsed.message);
  return fillTemplate(parsed.template, filters, topic);
}

it.each([
  [`telemetry/\${1}/pos`, 'devices/+/position', 'devices/gps0/position', 'telemetry/gps0/pos'],
  [`t/\${2}-\${1}`, 'devices/+/+', 'devices/can0/EEC1', 't/EEC1-can0'],
  [`raw/\${1}`, 'sensors/#', 'sensors/a/b/c', 'raw/a/b/c'],
  [`raw/\${2}/\${1}`, 'sensors/+/#', 'sensors/a/b/c', 'raw/b/c/a'],
  [`raw/\${1}`, 'sensors/#', 'sensors', 'raw/'],
  [`\${1}`, '#', 'sensors/a', 'sensors/a'],
  ['fixed', 'sensors/#', 'sensors/a', 'fixed'],
])('%s for %s makes of %s %s', (text, filter, topic, filled) => {
  expect(fill(text, [filter], topic)).toBe(filled);
});

it('takes the wildcards of the first filter that matches', () => {
  expect(fill(`x/\${1}`, ['devices/gps0/+', 'devices/+/position'], 'devices/gps1/position')).toBe('x/gps1');
  expect(fill(`x/\${1}`, ['devices/gps0/+', 'devices/+/position'], 'devices/gps0/position')).toBe('x/position');
});

describe('what comes out of a topic that somebody else chose stays in the branch of the gateway', () => {
  it.each([
    [`\${1}`, 'a/+/b', 'a//b'],
    [`\${1}/x`, 'a/+', 'a/$SYS'],
    [`\${1}/x`, 'a/+', 'a/down'],
    [`\${1}`, 'a/#', 'a/batch/telemetry'],
    [`\${1}`, 'a/#', 'a'],
    [`x/\${1}/\${1}/\${1}/\${1}`, 'a/#', `a${'/b'.repeat(10)}`],
    [`x/\${1}\${1}\${1}\${1}`, 'a/+', `a/${'b'.repeat(300)}`],
  ])('%s for %s keeps %s', (text, filter, topic) => {
    expect(fill(text, [filter], topic)).toBeUndefined();
  });
});

describe('a template is refused', () => {
  it.each([
    ['', 'needs a first level that is not empty'],
    ['/x', 'needs a first level that is not empty'],
    ['$SYS/x', `expected \${1}`],
    ['x/$1', `expected \${1}`],
    [`x/\${0}`, `expected \${1}`],
    [`x/\${name}`, `expected \${1}`],
    [`x/\${100}`, `expected \${1}`],
    ['x/+', 'has no wildcards'],
    ['x/#', 'has no wildcards'],
    ['x\u0000', 'expected a topic of at most 32 levels'],
    ['x\ud800', 'expected a topic of at most 32 levels'],
    ['a/'.repeat(32), 'expected a topic of at most 32 levels'],
    ['down/x', 'must not begin with down/'],
    ['batch', 'must not begin with batch/'],
    ['x'.repeat(1025), 'expected a topic of at most 32 levels'],
  ])('%j: %s', (text, message) => {
    const parsed = parseTemplate(text);
    expect(parsed.isValid ? '' : parsed.message).toContain(message);
  });
});
