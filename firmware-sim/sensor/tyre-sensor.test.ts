import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { compareLedger } from '#firmware-sim/ledger/compare.ts';
import { type Ledger, openLedger, readLedgerLines } from '#firmware-sim/ledger/ledger.ts';
import { NdjsonTail } from '#firmware-sim/ledger/ndjson-tail.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { TyreSensor } from './tyre-sensor.ts';

/** A broker that can be told not to acknowledge, and to drop its clients. */
class TestBroker {
  readonly received: string[] = [];
  readonly logins: string[] = [];
  isAcknowledging = true;
  readonly #broker: Aedes;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(broker: Aedes) {
    this.#broker = broker;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      broker.handle(socket);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    // The address of a TCP server that listens is never a string.
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  dropClients(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.dropClients();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await new Promise<void>((resolve) => this.#broker.close(() => resolve()));
  }
}

async function openBroker(): Promise<TestBroker> {
  const aedes = await Aedes.createBroker({
    authenticate: (client, username, password, done) => {
      broker.logins.push(`${client.id} ${username} ${password}`);
      done(null, true);
    },
    authorizePublish: (client, packet, done) => {
      if (client !== null) broker.received.push(`${packet.topic} ${JSON.parse(packet.payload.toString()).count}`);
      // Without an answer there is no PUBACK.
      if (client === null || broker.isAcknowledging) done(null);
    },
  });
  const broker = new TestBroker(aedes);
  return broker;
}

let dir: string;
let clock: FakeClock;
let ledger: Ledger;
let broker: TestBroker;
let sensor: TyreSensor;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sensor-'));
  clock = new FakeClock();
  ledger = openLedger(join(dir, 'ledger.ndjson'));
  broker = await openBroker();
  sensor = new TyreSensor({
    brokerUrl: await broker.listen(),
    username: 'tyre-monitor',
    password: 'secret',
    clock,
    ledger,
    vehicle: buildDemoVehicle(),
    startedMs: clock.nowMs(),
    random: () => 0.5,
  });
});

afterEach(async () => {
  await sensor[Symbol.asyncDispose]();
  await broker.close();
  ledger[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

const topic = (count: number) => `sensors/tyre-monitor/pressure ${count}`;

function lines() {
  using tail = new NdjsonTail(join(dir, 'ledger.ndjson'));
  return [...readLedgerLines(tail)];
}

/** Moves on until what is awaited is true: the retry delay stands on the fake clock. */
async function advanceUntil(condition: () => boolean): Promise<void> {
  await vi.waitUntil(() => {
    if (!condition()) clock.advance(100);
    return condition();
  });
}

describe('TyreSensor', () => {
  it('logs in with its own credentials and publishes in its own branch', async () => {
    await vi.waitUntil(() => broker.logins.length > 0);
    clock.advance(3_000);
    await vi.waitUntil(() => sensor.pendingCount === 0);
    expect(broker.logins).toEqual(['tyre-monitor tyre-monitor secret']);
    expect(broker.received).toEqual([topic(1), topic(2), topic(3)]);
    expect(lines().map((line) => 'values' in line && line.values['count'])).toEqual([1, 2, 3]);
  });

  it('sends again in order, on the next connection, what was not acknowledged', async () => {
    await vi.waitUntil(() => broker.logins.length === 1);
    clock.advance(2_000);
    await vi.waitUntil(() => sensor.pendingCount === 0);
    broker.isAcknowledging = false;
    clock.advance(3_000);
    await vi.waitUntil(() => broker.received.length === 5);
    broker.dropClients();
    broker.isAcknowledging = true;
    await advanceUntil(() => broker.logins.length === 2);
    await vi.waitUntil(() => sensor.pendingCount === 0);
    const made = ledger.made['tyre-monitor'];
    const again = Array.from({ length: made - 2 }, (_, index) => topic(index + 3));
    expect(broker.received).toEqual([topic(1), topic(2), topic(3), topic(4), topic(5), ...again]);
    expect(lines()).toContainEqual({ source: 'tyre-monitor', resent: ['3', '4', '5'] });
    const events = broker.received.map((line, index) => {
      const key = line.split(' ')[1] ?? '';
      const source = 'tyre-monitor' as const;
      return { id: `g/${index}`, source, key };
    });
    expect(compareLedger(lines(), events)).toMatchObject({ made, missing: 0, extra: 0, outOfOrder: 0 });
  });

  it('keeps at most a window unacknowledged in flight', async () => {
    await vi.waitUntil(() => broker.logins.length === 1);
    broker.isAcknowledging = false;
    clock.advance(40_000);
    await vi.waitUntil(() => broker.received.length === 16);
    expect(sensor.pendingCount).toBe(40);
    broker.dropClients();
    broker.isAcknowledging = true;
    await advanceUntil(() => broker.logins.length === 2);
    await vi.waitUntil(() => sensor.pendingCount === 0);
    const sent = broker.received.slice(16).map((line) => Number(line.split(' ')[1]));
    expect(sent).toEqual(Array.from({ length: sent.length }, (_, index) => index + 1));
  });

  it('drains when everything made is acknowledged, and makes nothing meanwhile', async () => {
    broker.isAcknowledging = false;
    await vi.waitUntil(() => broker.logins.length === 1);
    clock.advance(2_000);
    await vi.waitUntil(() => broker.received.length === 2);
    let isDrained = false;
    const drained = sensor.drain().then(() => {
      isDrained = true;
    });
    clock.advance(5_000);
    expect(isDrained).toBe(false);
    broker.dropClients();
    broker.isAcknowledging = true;
    await advanceUntil(() => broker.logins.length === 2);
    await drained;
    expect(ledger.made['tyre-monitor']).toBe(2);
  });

  it('writes down what it still held when it was switched off', async () => {
    broker.isAcknowledging = false;
    await vi.waitUntil(() => broker.logins.length === 1);
    clock.advance(2_000);
    await vi.waitUntil(() => broker.received.length === 2);
    await sensor[Symbol.asyncDispose]();
    const [first, last] = lines();
    expect(lines().at(-1)).toEqual({
      source: 'tyre-monitor',
      unheardFrom: first !== undefined && 'at' in first ? first.at : undefined,
      unheardTo: last !== undefined && 'at' in last ? last.at : undefined,
    });
  });
});
