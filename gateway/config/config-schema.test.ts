import { describe, expect, it } from 'vitest';
import { configJsonSchema } from './config-schema.ts';

/** Every property of the schema, as `broker.limits.maxClients`, with its own schema. */
function* propertiesOf(schema: unknown, path = ''): Generator<readonly [path: string, schema: object]> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'default') continue;
    if (key !== 'properties') yield* propertiesOf(value, path);
    else
      for (const [name, property] of Object.entries(Object(value))) {
        const inner = path === '' ? name : `${path}.${name}`;
        yield [inner, Object(property)];
        yield* propertiesOf(property, inner);
      }
  }
}

describe('configJsonSchema', () => {
  it('is draft 2020-12 and knows what may be written, not what is made of it', () => {
    expect(configJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      required: ['version', 'gateway'],
      additionalProperties: false,
      properties: { journal: { properties: { segmentBytes: { anyOf: [{ type: 'integer' }, { type: 'string' }] } } } },
    });
  });

  it('describes every key', () => {
    const properties = [...propertiesOf(configJsonSchema())];
    const bare = properties.filter(([, schema]) => !('description' in schema)).map(([path]) => path);
    expect(bare).toEqual([]);
    expect(properties.length).toBeGreaterThan(60);
  });
});
