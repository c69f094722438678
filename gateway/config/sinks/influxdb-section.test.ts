import { describe, expect, it } from 'vitest';
import { influxdbSink } from './influxdb-section.ts';

const COMMON = { id: 'influx', type: 'influxdb', url: 'http://127.0.0.1:8086' };
const parse = (keys: object) => influxdbSink('/etc').safeParse({ ...COMMON, ...keys });
const TOKEN = { tokenFile: 'secrets/influx' };
const LOGIN = { username: 'truck', passwordEnv: 'PASSWORD' };

describe('the version', () => {
  it('is 1 unless stated, with what each needs', () => {
    expect(parse({ database: 'd', credentials: LOGIN }).data).toMatchObject({
      version: 1,
      credentials: { username: 'truck', password: { env: 'PASSWORD' } },
    });
    expect(parse({ version: 2, org: 'fleet & co', bucket: 'b/1', credentials: TOKEN }).data).toMatchObject({
      version: 2,
      credentials: { token: { file: '/etc/secrets/influx' } },
    });
    expect(parse({ version: 3, database: 'd' }).success).toBe(true);
    expect(parse({ version: 3, database: 'd', credentials: { tokenEnv: 'TOKEN' } }).success).toBe(true);
  });

  it.each([
    ['no database', {}, 'database', /expected the database/],
    ['an organization of version 1', { database: 'd', org: 'o' }, 'org', /only version 2/],
    ['a bucket of version 3', { version: 3, database: 'd', bucket: 'b' }, 'bucket', /only version 2/],
    ['a token for version 1', { database: 'd', credentials: TOKEN }, 'credentials', /takes a username/],
    ['a login for version 3', { version: 3, database: 'd', credentials: LOGIN }, 'credentials', /takes a token/],
    ['no token for version 2', { version: 2, org: 'o', bucket: 'b' }, 'credentials', /needs tokenFile/],
    ['no bucket', { version: 2, org: 'o', credentials: TOKEN }, 'bucket', /expected the bucket/],
    [
      'a database of version 2',
      { version: 2, org: 'o', bucket: 'b', database: 'd', credentials: TOKEN },
      'database',
      /an/,
    ],
    ['the package for version 3', { version: 3, database: 'd', writer: 'package' }, 'writer', /version 1 alone/],
    ['a policy of version 3', { version: 3, database: 'd', retention: { policy: 'p' } }, 'retention', /only version 1/],
    ['a version that is not there', { version: 4, database: 'd' }, 'version', /./],
    ['two tokens', { version: 3, database: 'd', credentials: { ...TOKEN, tokenEnv: 'T' } }, 'credentials', /one of/],
  ])('refuses %s', (_, keys, key, message) => {
    expect(parse(keys).error?.issues).toContainEqual(
      expect.objectContaining({ path: [key], message: expect.stringMatching(message) }),
    );
  });
});

it('takes what the database keeps, and which fields are integers', () => {
  const keys = {
    writer: 'native',
    database: 'd',
    retention: { policy: 'two_weeks', maxAgeHours: 336 },
    integers: [{ measurement: 'can.message', fields: ['signals.Gear.value'] }],
  };
  expect(parse(keys).data).toMatchObject(keys);
});
