import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StreamId } from '#gateway/model/message.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { sampleRecord } from '#gateway/sinks/delivery/event-sample.ts';
import { FakeJournal } from '#gateway/sinks/delivery/fake-journal.ts';
import { openSink, type SinkOptions } from '#gateway/sinks/open-sink.ts';
import { ChaosProxy } from './chaos-proxy.ts';

const ALERTS = 'alerts' as StreamId;
const TELEMETRY = 'telemetry' as StreamId;

/** What the hub took, counted where stock Aedes sees everything: at its publish hook, after the PUBACK. */
interface Received {
  readonly topic: string;
  readonly body: { readonly id: string; readonly prev: string; readonly data: { readonly n: number } };
  readonly bytes: string;
}

const cleanup = new AsyncDisposableStack();
afterEach(async () => {
  await opened.disposeAsync();
  opened = new AsyncDisposableStack();
});
let opened = cleanup;

async function openHub(password?: string): Promise<{ readonly port: number; readonly received: Received[] }> {
  const received: Received[] = [];
  const broker = await Aedes.createBroker({
    authenticate: (_client, _user, given, done) => {
      const isRight = password === undefined || String(given) === password;
      if (isRight) done(null, true);
      else done(Object.assign(new Error('wrong login'), { returnCode: 4 as const }), false);
    },
    published: (packet, client, done) => {
      if (client !== null) {
        const bytes = String(packet.payload);
        received.push({ topic: packet.topic, body: JSON.parse(bytes), bytes });
      }
      done();
    },
  });
  const server = createServer((socket) => broker.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.defer(async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, received };
}

async function openHubSink(port: number, journal: FakeJournal, options: Partial<SinkOptions> = {}) {
  const logger = new MemoryLogger();
  const sink = await openSink({
    id: 'hub',
    type: 'mqtt',
    url: `mqtt://127.0.0.1:${port}`,
    prefix: 'fleet',
    gatewayId: 'truck-7',
    gatewayUid: 'uid-1',
    protocol: '3.1.1',
    envelope: 'structured',
    from: 'oldest',
    lanes: [ALERTS, TELEMETRY],
    filter: [],
    window: { maxEvents: 20, maxBytes: 65_536, ackTimeoutMs: 400 },
    retry: { firstDelayMs: 10, maxDelayMs: 50 },
    journal,
    clock: systemClock,
    random: Math.random,
    logger,
    ...options,
  });
  opened.use(sink);
  return { sink, logger };
}

function append(journal: FakeJournal, stream: StreamId, count: number): void {
  for (let index = 0; index < count; index++) {
    const n = journal.stream(stream).syncedSequence + 1;
    const payload = Buffer.from(`{"n": ${n}}`);
    journal.stream(stream).append(sampleRecord({ topic: `devices/${stream}/count`, payload }));
  }
}

describe('MqttHub over MQTT 3.1.1', () => {
  it('delivers every event once over a link that holds, in the order of its lane [D1]', async () => {
    const hub = await openHub();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    append(journal, TELEMETRY, 300);
    const { sink } = await openHubSink(hub.port, journal);
    append(journal, ALERTS, 5);
    await vi.waitFor(() => expect(sink.status()).toMatchObject({ acknowledgedCount: 305 }));
    expect(hub.received.filter(({ topic }) => topic === 'fleet/truck-7/devices/telemetry/count')).toHaveLength(300);
    expect(sink.status()).toMatchObject({ state: 'online', sentCount: 305, resentCount: 0, inFlightCount: 0 });
  });
});
