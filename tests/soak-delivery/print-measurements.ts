import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { bufferEvents, type DrainSink, drainBacklog } from './long-outage.ts';
import { collectEvents, measureBridge, measureSink, type WireCost, type WireSink } from './wire-cost.ts';

const DRAINS: readonly (readonly [what: string, sink: DrainSink])[] = [
  ['one publish for each event, window 100', {}],
  ['one publish for each event, window 100, the newest first', { order: 'liveFirst' }],
  ['batches of 100', { batch: { maxEvents: 100 }, window: { ackTimeoutMs: 10_000 } }],
];

const WIRES: readonly (readonly [what: string, sink: WireSink])[] = [
  ['MQTT 5, envelope in properties', { protocol: 5, envelope: 'properties' }],
  ['MQTT 5, structured envelope', { protocol: 5, envelope: 'structured' }],
  ['MQTT 5, no envelope', { protocol: 5, envelope: 'none' }],
  ['MQTT 3.1.1, structured envelope', { protocol: '3.1.1', envelope: 'structured' }],
  ['MQTT 3.1.1, no envelope', { protocol: '3.1.1', envelope: 'none' }],
  ['MQTT 5, batches of 100', { protocol: 5, batch: { maxEvents: 100 } }],
  ['MQTT 5, batches of 100, columns', { protocol: 5, batch: { maxEvents: 100, codec: 'columns' } }],
];

const WIRE_EVENT_COUNT = 10_000;
/** Of what is alive after a forced collection, from a quarter of the way to its end: code that is compiled, tables that fill up. */
const MAX_GROWTH = 1.1;

/** A hub that is away while a million events wait for it, and what it is like when it comes back. */
export async function printOutage(eventCount: number): Promise<void> {
  await using folder = await openScratchFolder();
  const source = join(folder.path, 'source');
  const startedMs = performance.now();
  const memory = await bufferEvents(source, eventCount);
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `${eventCount} events buffered in ${seconds.toFixed(0)} s, ${(eventCount / seconds).toFixed(0)} a second`,
  );
  for (const { count, liveBytes, rssBytes } of memory) {
    console.log(`  ${count} events: ${mebibytes(liveBytes)} MiB alive, ${mebibytes(rssBytes)} MiB resident`);
  }
  const growth = (memory.at(-1)?.liveBytes ?? 1) / (memory[0]?.liveBytes ?? 1);
  console.log(growth < MAX_GROWTH ? 'memory is flat' : `memory has grown ${growth.toFixed(2)} times since a quarter`);
  if (growth >= MAX_GROWTH) process.exitCode = 1;
  for (const [index, [what, sink]] of DRAINS.entries()) {
    const result = await drainBacklog(source, await subfolder(folder.path, index), eventCount, sink);
    console.log(
      `${what}: ${result.eventsPerSecond.toFixed(0)} events a second, a new alert after ${result.alertMs.toFixed(0)} ms, ` +
        `a new position after ${result.positionMs.toFixed(0)} ms, at most ${mebibytes(result.rssBytes)} MiB, ` +
        `${(result.carriedBytes / eventCount).toFixed(1)} bytes for each event`,
    );
  }
}

/** What the same events of the simulated car cost over TLS. */
export async function printWireCost(): Promise<void> {
  await using folder = await openScratchFolder();
  const source = await subfolder(folder.path, 'source');
  const eventCount = await collectEvents(source, WIRE_EVENT_COUNT);
  console.log(`${eventCount} events of the simulated car over TLS 1.3; TCP and IP come on top`);
  for (const [index, [what, sink]] of WIRES.entries()) {
    say(what, await measureSink(source, await subfolder(folder.path, index), sink));
  }
  say("Mosquitto's own bridge, MQTT 5", await measureBridge(source, await subfolder(folder.path, 'bridge')));
}

function say(what: string, { bytesPerEvent, carriedBytes, seconds }: WireCost): void {
  console.log(
    `${what}: ${bytesPerEvent.toFixed(1)} bytes for each event, ${carriedBytes} in all, ${seconds.toFixed(1)} s`,
  );
}

async function subfolder(folder: string, name: string | number): Promise<string> {
  const path = join(folder, String(name));
  await mkdir(path, { recursive: true });
  return path;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
