/**
 * A process of its own that writes points to an InfluxDB and prints what it cost as one line of JSON: the gateway's sink with a
 * backlog in its journal, or the `influx` package alone with points made beforehand.
 *
 * `node bench/influx-drain.ts bare|package|native FOLDER URL DATABASE POINTS`
 */
import { join } from 'node:path';
import { InfluxDB } from 'influx';
import type { JournalStream } from '#gateway/journal/journal.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { openLogger } from '#gateway/runtime/logger.ts';
import { FakeDeadLetters } from '#gateway/sinks/delivery/fake-dead-letters.ts';
import { openSink } from '#gateway/sinks/open-sink.ts';
import { seededRandom } from '#tests/support/seeded-random.ts';
import { until } from '#tests/support/until.ts';
import { appendAll, openBenchJournal } from './journal-log.ts';
import { sampleEvents } from './sample-events.ts';

/** What one run cost, as it is printed. */
export interface WriteCost {
  readonly pointsPerSecond: number;
  readonly cpuUsPerPoint: number;
}

const BATCH_EVENTS = 5000;
const DRAIN_LIMIT_MS = 120_000;

const [engine, folder = '', url = '', database = '', points] = process.argv.slice(2);
const pointCount = Number(points);
console.log(JSON.stringify(engine === 'bare' ? await writeBare() : await drain()));

function makeEvents() {
  return sampleEvents(pointCount, seededRandom(86).next);
}

/** @param write everything; what comes before it is not measured */
async function measure(write: () => Promise<void>): Promise<WriteCost> {
  const before = { cpu: process.cpuUsage(), ms: performance.now() };
  await write();
  const elapsedMs = performance.now() - before.ms;
  const cpu = process.cpuUsage(before.cpu);
  return {
    pointsPerSecond: (1000 * pointCount) / elapsedMs,
    cpuUsPerPoint: (cpu.user + cpu.system) / pointCount,
  };
}

async function writeBare(): Promise<WriteCost> {
  const { hostname, port } = new URL(url);
  const client = new InfluxDB({ hosts: [{ host: hostname, port: Number(port) }], database });
  const made = makeEvents().map(({ topic, clientId, payload, stamp }, index) => ({
    measurement: 'mqtt.message',
    tags: { gateway: 'bench', client: clientId, topic },
    fields: JSON.parse(Buffer.from(payload).toString()) as Record<string, number>,
    timestamp: Math.trunc(stamp.wallMs) * 1000 + (index % 1000),
  }));
  return measure(async () => {
    for (let start = 0; start < pointCount; start += BATCH_EVENTS)
      await client.writePoints(made.slice(start, start + BATCH_EVENTS), { precision: 'u' });
  });
}

async function drain(): Promise<WriteCost> {
  const { journal, stream } = await openBenchJournal(join(folder, 'journal'));
  await using _ = journal;
  await fill(stream);
  return await measure(async () => {
    await using sink = await openSink({
      gatewayVersion: 'bench',
      stamp: () => ({
        wallMs: Date.now(),
        monotonicMs: performance.now(),
        clockRun: '0'.repeat(16),
        quality: 'system',
      }),
      publisher: { publish: (_message, done) => done() },
      ...{ id: 'influx', type: 'influxdb', version: 1, url, database, gatewayId: 'bench', gatewayUid: 'bench' },
      writer: engine === 'native' ? 'native' : 'package',
      ...{ from: 'oldest', lanes: [stream.id], filter: [], journal, clock: systemClock, random: Math.random },
      deadLetters: new FakeDeadLetters(),
      batch: { maxEvents: BATCH_EVENTS, maxBytes: 2 ** 20 },
      window: { ackTimeoutMs: 10_000 },
      logger: openLogger('warn'),
    });
    await until('everything is written', DRAIN_LIMIT_MS, () => sink.status().acknowledgedCount === pointCount);
  });
}

/** In a function of its own, so that the events are gone when the sink reads theirs. */
async function fill(stream: JournalStream): Promise<void> {
  const events = makeEvents();
  for (let start = 0; start < pointCount; start += BATCH_EVENTS)
    await appendAll(stream, events.slice(start, start + BATCH_EVENTS));
}
