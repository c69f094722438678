import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { systemClock, wait } from '#gateway/runtime/clock.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { candumpLinks } from './candump-link.ts';
import { FakeDeviceMemory } from './fake-device-memory.ts';
import { FakePublisher } from './fake-publisher.ts';
import { FakeSerialPorts } from './fake-serial-ports.ts';
import { FakeTimekeeper } from './fake-timekeeper.ts';
import { PositionFeed } from './position-feed.ts';
import type { OpenSerialLink } from './serial-link.ts';
import { NEWS_INTERVAL_MS } from './slcan-session.ts';
import { openSocketCanSource } from './socketcan-source.ts';

const DEVICE = { id: 'can0', interface: 'can0' };
const PARSED = parseDbc('VERSION ""\nBO_ 256 Engine: 8 ECU\n SG_ Speed : 0|16@1+ (0.125,0) [0|8000] "rpm" X\n');
if (!PARSED.isDecoded) throw new Error(PARSED.reason);
const DATABASE = compileDbc(PARSED.value);

let clock: FakeClock;
let publisher: FakePublisher;
beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 10, 20, 15, 4, 5, 213));
  publisher = new FakePublisher();
});

function open(openLink: OpenSerialLink) {
  const timekeeper = new FakeTimekeeper(clock);
  return openSocketCanSource(DEVICE, [DATABASE], {
    ...{ publisher, clock, timekeeper, openLink, reportGnss: () => {}, random: () => 0 },
    ...{ memory: new FakeDeviceMemory(), positions: new PositionFeed(), logger: new MemoryLogger() },
  });
}

describe('openSocketCanSource', () => {
  it('publishes frames, spaced as the kernel saw them', async () => {
    const bench = new FakeSerialPorts();
    const candump = bench.plug('can0');
    await using source = open(bench.open);
    await clock.advance(0);
    candump.send('(1763651045.000000) can0 100#E803\n');
    await clock.advance(300);
    candump.send('(1763651045.100000) can0 100#E903\n(1763651045.300000) can0 100#EA03\n(1763651045.4');
    const times = publisher.events('devices/can0/Engine').map((event) => Date.parse(Object(event).time));
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 100, 300]);
    expect(source.status()).toMatchObject({
      ...{ type: 'socketcan', path: 'can0', state: 'open', messages: { socketcan: 3 }, can: { busState: 'unknown' } },
    });
    expect(source.status()).not.toHaveProperty('baud');
    expect(candump.written).toEqual([]);
  });

  it('tells the state of the bus by its error frames, and what was lost', async () => {
    const bench = new FakeSerialPorts();
    const candump = bench.plug('can0');
    await using source = open(bench.open);
    await clock.advance(0);
    const state = () => source.status().can?.busState;
    candump.send('(1.000000) can0 20000004#0010000000000000\n');
    expect(state()).toBe('passive');
    await clock.advance(NEWS_INTERVAL_MS);
    candump.send('(2.000000) can0 20000040#0000000000000000\n');
    expect(state()).toBe('busOff');
    await clock.advance(NEWS_INTERVAL_MS);
    candump.send("DROPCOUNT: dropped 12 CAN frames on 'can0' socket (total drops 12)\nnoise\n");
    candump.send('(3.000000) can0 20000088#0001000000000000\n(3.100000) can0 20000004#0001000000000000\n');
    candump.send('(4.000000) can0 100#E803\n');
    expect(state()).toBe('active');
    expect(source.status()).toMatchObject({
      can: { controller: { errorFrameCount: 4, busErrorCount: 1, busOffCount: 1, overflowCount: 1, droppedCount: 12 } },
      rejections: { 'error-frame': 4, 'not-a-record': 1 },
    });
    const told = publisher.events('status/devices/can0').map((event) => Object(event).data.can?.busState);
    expect(told).toEqual(expect.arrayContaining(['passive', 'busOff', 'active']));
  });

  it('tells of a bus that fails with every frame once a second, and how it is at last', async () => {
    const bench = new FakeSerialPorts();
    const candump = bench.plug('can0');
    await using _source = open(bench.open);
    await clock.advance(0);
    const told = () => publisher.events('status/devices/can0').map((event) => Object(event).data.can?.busState);
    const atFirst = told().length;
    for (let second = 0; second < 3; second++) {
      candump.send('(1.000000) can0 20000040#0000000000000000\n(1.000000) can0 100#E803\n'.repeat(500));
      await clock.advance(NEWS_INTERVAL_MS);
    }
    expect(told().length - atFirst).toBeLessThanOrEqual(4);
    expect(told().at(-1)).toBe('active');
  });
});

describe('candumpLinks', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candump-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A program that stands for candump. */
  function program(script: string): string {
    const path = join(folder, 'candump');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  async function listen(path: string) {
    const bytes = Promise.withResolvers<string>();
    const closed = Promise.withResolvers<Error | undefined>();
    const link = await candumpLinks(systemClock, path)(
      { path: 'can0', baud: 0 },
      { onBytes: (chunk) => bytes.resolve(Buffer.from(chunk).toString()), onClosed: closed.resolve },
    );
    return { link, bytes: bytes.promise, closed: closed.promise };
  }

  it('asks for the frames and the errors of one interface, in log format', async () => {
    const { link, bytes } = await listen(program('echo "$@"; exec sleep 60'));
    expect(await bytes).toBe('-L -d can0,0:0,#FFFFFFFF\n');
    expect(await link.isAttached()).toBe(true);
    await link.close();
    expect(await link.isAttached()).toBe(false);
    await link.close();
  });

  it('tells when it ends, with its last words', async () => {
    const { closed } = await listen(program('sleep 0.5; echo one >&2; echo "read: Network is down" >&2; exit 1'));
    expect(await closed).toMatchObject({
      code: 'can.failed',
      message: 'Reading the CAN interface can0: read: Network is down',
    });
  });

  it('tells when it ends although a child of its own holds its pipe, and hears no more of that', async () => {
    const { link, bytes, closed } = await listen(program('(sleep 3; echo late) & sleep 0.4; exit 3'));
    expect(await closed).toMatchObject({ message: 'Reading the CAN interface can0: candump ended (3)' });
    expect(await link.isAttached()).toBe(false);
    await link.close();
    const heard = await Promise.race([bytes, wait(systemClock, 100)]);
    expect(heard).toBeUndefined();
  });

  it.each([
    ['can.failed', 'SIOCGIFINDEX: No such device', 'echo "SIOCGIFINDEX: No such device" >&2; exit 1'],
    ['can.failed', 'candump ended (SIGKILL)', 'kill -9 $$'],
  ])('fails with %s: %s', async (code, text, script) => {
    await expect(listen(program(script))).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('says what to install where there is no candump', async () => {
    await expect(listen(join(folder, 'none'))).rejects.toMatchObject({
      code: 'can.noCandump',
      remedy: expect.stringContaining('can-utils'),
    });
  });
});
