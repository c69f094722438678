import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ledger, openLedger } from '#firmware-sim/ledger/ledger.ts';
import { openHubBroker } from './hub-broker.ts';
import { type HubRecord, openHubRecord } from './hub-record.ts';

let dir: string;
let ledger: Ledger;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hub-'));
  ledger = openLedger(join(dir, 'ledger.ndjson'));
});

afterEach(() => {
  ledger[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

const TOPIC = 'fleet/truck/sensors/tyre-monitor/pressure';

function pressure(count: number): string {
  const data_base64 = Buffer.from(JSON.stringify({ count })).toString('base64');
  return JSON.stringify({ id: `telemetry/e/${count}`, source: '/gateways/g', prev: String(count - 1), data_base64 });
}

function make(count: number): void {
  ledger.make('tyre-monitor', String(count), 1000 + count, { count });
}

describe('openHubBroker', () => {
  let clients: MqttClient[] = [];

  async function dial(port: number, login: object): Promise<MqttClient> {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, protocolVersion: 4, ...login });
    clients.push(client);
    return client;
  }

  afterEach(async () => {
    for (const client of clients) await client.endAsync(true);
    clients = [];
  });

  it('has seen a publish before it is acknowledged, and sees all of them in order', async () => {
    const seen: string[] = [];
    await using broker = await openHubBroker({ onPublish: (topic, payload) => seen.push(`${topic} ${payload}`) });
    const client = await dial(broker.port, {});
    for (const text of ['one', 'two']) {
      await client.publishAsync('a/b', text, { qos: 1 });
      expect(seen.at(-1)).toBe(`a/b ${text}`);
    }
    await Promise.all(Array.from({ length: 500 }, (_, index) => client.publishAsync('c', `${index}`, { qos: 1 })));
    expect(seen.slice(2)).toEqual(Array.from({ length: 500 }, (_, index) => `c ${index}`));
    await client.endAsync(true);
  });

  it.each([
    ['another password', { username: 'truck', password: 'wrong' }],
    ['a password of another length', { username: 'truck', password: 'x' }],
    ['another name', { username: 'car', password: 'right' }],
    ['no login', {}],
  ])('refuses %s as MQTT says', async (_, login) => {
    await using broker = await openHubBroker({ login: { username: 'truck', password: 'right' }, onPublish: () => {} });
    await expect(dial(broker.port, login)).rejects.toThrow('Bad username or password');
  });

  it('lets in who knows the password', async () => {
    await using broker = await openHubBroker({ login: { username: 'truck', password: 'right' }, onPublish: () => {} });
    const client = await dial(broker.port, { username: 'truck', password: 'right' });
    expect(client.connected).toBe(true);
    await client.endAsync(true);
  });
});

describe('openHubRecord', () => {
  const LATER_MS = 10_000;

  function receive(record: HubRecord, ...counts: readonly number[]): void {
    for (const count of counts) record.note(TOPIC, Buffer.from(pressure(count)), 2000);
  }

  it('holds what came against what was made', () => {
    using record = openHubRecord(dir);
    for (const count of [1, 2, 3, 4]) make(count);
    receive(record, 1, 3, 3);
    expect(record.status(LATER_MS)).toEqual({
      received: 3,
      distinct: 2,
      lastEventAt: 2000,
      missing: 1,
      extra: 0,
      repeated: 1,
      outOfOrder: 0,
      wrongValues: 0,
    });
    expect(record.audit()).toMatchObject({
      made: 4,
      missing: 2,
      repeated: 1,
      sources: { 'tyre-monitor': { made: 4 } },
    });
  });

  it('goes on where the run before left off, and knows its ids again', () => {
    make(1);
    make(2);
    {
      using record = openHubRecord(dir);
      receive(record, 1);
    }
    using record = openHubRecord(dir);
    expect(record.status(LATER_MS)).toMatchObject({ received: 1, distinct: 1, missing: 0 });
    receive(record, 1, 2);
    expect(record.audit()).toMatchObject({ made: 2, missing: 0, repeated: 1, extra: 0 });
  });

  it('waits a moment for the line that excuses an event', () => {
    using record = openHubRecord(dir);
    make(1);
    record.note(TOPIC, Buffer.from(pressure(1).replace(/"data_base64":"[^"]*"/, '"data":{"count":"torn"}')), 2000);
    ledger.make('tyre-monitor', 'torn', 1001, { count: 5 });
    expect(record.status(2001)).toMatchObject({ received: 0, wrongValues: 0 });
    ledger.overrun('tyre-monitor', 'torn');
    expect(record.status(LATER_MS)).toMatchObject({ received: 1, distinct: 1, wrongValues: 0 });
  });

  it('counts a publish without an id, and compares it with nothing', () => {
    using record = openHubRecord(dir);
    record.note('a', Buffer.from('hello'), 2000);
    expect(record.status(LATER_MS)).toMatchObject({ received: 1, distinct: 1, extra: 0 });
  });
});
