import { expect, it } from 'vitest';
import { readYaml } from './yaml-document.ts';

it.each([
  ['what is not closed', 'log: { level: info', '1:19 Flow map'],
  ['a second document', 'log: {}\n---\nlog: {}', '2:1 a second document begins here; a configuration is one'],
  ['brackets within brackets', `log:\n  ${'['.repeat(20_000)}`, '2:66 nested too deeply; at most 64 levels'],
  ['lists within lists', `log:\n${'- '.repeat(20_000)}`, 'nested too deeply; at most 64 levels'],
  ['maps within maps', `log: ${'{a: '.repeat(20_000)}`, 'nested too deeply; at most 64 levels'],
  [
    'aliases that expand for ever',
    'a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: &d [*c, *c, *c]\ne: &e [*d, *d, *d]\nf: [*e, *e, *e]',
    '1:1 cannot be read: ReferenceError: Excessive alias count',
  ],
])('refuses %s', (_what, text, expected) => {
  const document = readYaml(text);
  const problems = document.isReadable ? [] : document.problems;
  expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toContainEqual(
    expect.stringContaining(expected),
  );
});

it.each([
  ['links\n  - id: sim\n    mode: off\nsinks: []', '1:1 expected a key with a colon behind it'],
  ['log:\n\tlevel: info\nlinks: []', '2:1 Tabs are not allowed as indentation'],
  ['gateway:\n  id: a: b: c', '2:7 a second key on one line'],
])('says of %j what is wrong, and nothing of what follows from it', (text, expected) => {
  const document = readYaml(text);
  const problems = document.isReadable ? [] : document.problems;
  expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
    expect.stringContaining(expected),
  ]);
});

it('tells every key that is there twice', () => {
  const document = readYaml('a: 1\na: 2\nb: 1\nb: 2');
  expect(document.isReadable ? [] : document.problems).toHaveLength(2);
});

it('takes what is nested as deeply as allowed, and as much beside each other as there is', () => {
  expect(readYaml(`${'['.repeat(20)}${']'.repeat(20)}`).isReadable).toBe(true);
  expect(readYaml('- [{ a: [] }]\n'.repeat(5000))).toMatchObject({ value: { length: 5000 } });
});
