import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from './parse-config.ts';

/** Words of the format, so that random documents reach deep into the schema. */
const word = fc.constantFrom(
  ...[
    'version',
    'gateway',
    'id',
    'broker',
    'listeners',
    'type',
    'mqtt',
    'host',
    'port',
    'clients',
    'username',
    'streams',
  ],
  ...[
    'devices',
    'gnss',
    'slcan',
    'path',
    'dbc',
    'topics',
    'sinks',
    'url',
    'lanes',
    'credentials',
    'filter',
    '__proto__',
  ],
  ...['#', '+', 'a/b', '16MiB', '3.1.1', '', '*a', '&a', '<<', '!!binary'],
);
const leaf = fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string());
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(word, tie('tree')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
}));
const marks = fc.constantFrom(...'{}[]:-,&*!|>?#%@`"\' \n\t\0a1');

const inputs = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  fc.array(marks, { maxLength: 60 }).map((chars) => Buffer.from(chars.join(''))),
  tree.map((value) => Buffer.from(stringify({ version: 1, gateway: { id: 'a' }, ...Object(value) }))),
  fc.integer({ min: 1, max: 8000 }).map((depth) => Buffer.from('['.repeat(depth))),
  fc.integer({ min: 1, max: 5000 }).map((depth) => Buffer.from('[{a: '.repeat(depth))),
);

it('answers any bytes with a configuration or a list of problems, never an exception', () => {
  fc.assert(
    fc.property(inputs, (bytes) => {
      const parsed = parseConfig(bytes, 'waystation.yaml');
      if (parsed.isValid) {
        expect(parsed.config.version).toBe(1);
        return;
      }
      expect(parsed.problems.length).toBeGreaterThan(0);
      for (const { line, column, message } of parsed.problems) {
        expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
        expect(message).not.toBe('');
      }
    }),
    { numRuns: 300 },
  );
});
