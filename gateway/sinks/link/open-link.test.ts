import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { beforeEach, expect, it } from 'vitest';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import type { ClockQuality } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { isAllowed } from './allowance.ts';
import type { LinkConfig } from './link-config.ts';
import { type LinkMemory, openLinkMemory } from './link-memory.ts';
import type { LinkRecord } from './link-record.ts';
import { type MeteredLink, openLink } from './open-link.ts';

const MiB = 2 ** 20;
const HOUR = 3_600_000;
let clock: FakeClock;
let quality: ClockQuality;
let storage: MemoryStorage;
let logger: MemoryLogger;
let bootId: string | undefined;

beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 10, 28, 12));
  quality = 'ntp';
  storage = new MemoryStorage();
  logger = new MemoryLogger();
  bootId = undefined;
});

const CONFIG: LinkConfig = {
  ...{ id: 'sim', mode: 'normal', schedule: [], alertReserveBytes: 0, dayStartsAt: 0, timeZone: 'UTC' },
};
const stamp = () => ({ wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), clockRun: '0'.repeat(16), quality });

async function open(config: Partial<LinkConfig>, memory?: LinkMemory): Promise<MeteredLink> {
  const kept = memory ?? (await openLinkMemory(storage, '/data/links', 'sim'));
  const options = { config: { ...CONFIG, ...config }, memory: kept, maxEventBytes: 1000, clock, stamp, logger };
  return openLink(bootId === undefined ? options : { ...options, bootId });
}

/** Keeps a record in memory, and may fail. */
class FakeMemory implements LinkMemory {
  found: LinkRecord | 'none' | 'damaged' = 'none';
  isFailing = false;

  async save(record: LinkRecord): Promise<void> {
    if (this.isFailing) throw new Error('the card is gone');
    this.found = record;
  }

  async close(): Promise<void> {}
}

it('sends nothing before the disk knows of it, and calls back when it does', async () => {
  await using link = await open({ maxBytesPerDay: 20 * MiB });
  let newsCount = 0;
  link.watch(() => newsCount++);
  expect(link.allowance(clock.monotonicMs(), 300).bytes).toBe(0);
  await clock.advance(0);
  expect(newsCount).toBeGreaterThan(0);
  expect(link.allowance(clock.monotonicMs(), 300).bytes).toBeGreaterThan(80_000);
});

it('goes on with the same day after it was killed, and counts what may have gone [D8]', async () => {
  const memory = new FakeMemory();
  const first = await open({ maxBytesPerDay: 20 * MiB }, memory);
  first.allowance(clock.monotonicMs(), 300);
  await clock.advance(1000);
  // No end: the process is gone.
  await using second = await open({ maxBytesPerDay: 20 * MiB }, memory);
  await clock.advance(1000);
  expect(second.status().day).toMatchObject({ usedBytes: 20 * 4096, basis: 'date' });
});

it('takes no date on trust that another process of the same start of the host did not know [D8]', async () => {
  bootId = '6c9a1f0e-1b2d-4c3e-9f00-0123456789ab';
  const memory = new FakeMemory();
  const first = await open({ maxBytesPerDay: MiB }, memory);
  first.allowance(clock.monotonicMs(), MiB);
  await clock.advance(1000);
  // Killed: what was written ahead counts.
  clock.stepWall(Date.UTC(2031, 0, 1));
  const second = await open({ maxBytesPerDay: MiB }, memory);
  await clock.advance(2000);
  expect(second.status()).toMatchObject({ state: 'spent', day: { basis: 'date' } });
  bootId = '7c9a1f0e-1b2d-4c3e-9f00-0123456789ab';
  clock.stepWall(Date.UTC(2032, 0, 1));
  await using third = await open({ maxBytesPerDay: MiB }, memory);
  await clock.advance(2000);
  expect(third.status()).toMatchObject({ state: 'open', day: { usedBytes: 0 } });
});

it('knows over a restart what the batches of a sink take, and writes nothing for it alone', async () => {
  const memory = new FakeMemory();
  const link = await open({}, memory);
  expect(link.wireShareOf('hub')).toBeUndefined();
  await clock.advance(5000);
  const before = memory.found;
  link.keepWireShare('hub', 0.1);
  await clock.advance(5000);
  expect(memory.found).toBe(before);
  await link[Symbol.asyncDispose]();
  await using next = await open({}, memory);
  expect(next.wireShareOf('hub')).toBe(0.1);
});

/** A socket that counts what it is told. */
class FakeSocket extends EventEmitter {
  bytesWritten = 0;
  bytesRead = 0;
}

it('holds a rate over two sinks together [D8]', async () => {
  await using link = await open({ maxBytesPerSecond: 10_000 });
  const sockets = [new FakeSocket(), new FakeSocket()];
  // The meter uses nothing else of a socket.
  for (const socket of sockets) link.meter(socket as unknown as Socket);
  for (let turn = 0; turn < 200; turn++) {
    await clock.advance(100);
    for (const socket of [...sockets, ...sockets]) {
      if (!isAllowed(link.allowance(clock.monotonicMs()), false, 0, 0, 700)) continue;
      const release = link.charge({ bytes: 700, events: 1, isUrgent: false });
      socket.bytesWritten += 740;
      socket.bytesRead += 40;
      release();
    }
  }
  const total = sockets.reduce((sum, { bytesWritten, bytesRead }) => sum + bytesWritten + bytesRead, 0);
  expect(total).toBeLessThanOrEqual(20 * 10_000 + 10_000 + 780);
  expect(total).toBeGreaterThan(19 * 10_000);
  expect(link.status()).toMatchObject({ connectionCount: 2, day: { usedBytes: total } });
});

it('changes its mode by schedule, by word and back, over a restart too', async () => {
  const night = { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 22 * 60, toMinute: 5 * 60, mode: 'normal' } as const;
  const config = { mode: 'metered', schedule: [night] } as const;
  const memory = new FakeMemory();
  const link = await open(config, memory);
  expect(link.status()).toMatchObject({ mode: 'metered', modeFrom: 'configuration' });
  await clock.advance(10 * HOUR + 1000);
  expect(link.status()).toMatchObject({ mode: 'normal', modeFrom: 'schedule' });
  await link.setMode('off', 'cli', 2 * HOUR);
  expect(link.allowance(clock.monotonicMs()).mode).toBe('off');
  await link[Symbol.asyncDispose]();

  await using second = await open(config, memory);
  await clock.advance(HOUR);
  expect(second.status()).toMatchObject({ mode: 'off', modeFrom: 'cli' });
  await clock.advance(HOUR + 2000);
  expect(second.status()).toMatchObject({ mode: 'normal', modeFrom: 'schedule' });
  await second.setMode('metered', 'command');
  await second.setMode('auto', 'command');
  expect(second.status().mode).toBe('normal');
});

it.each([
  // Clocks go from 02:00 to 03:00: the night is an hour shorter, and a beginning that they skip is the first instant after.
  ['2026-03-28T20:59:59Z', 'metered'],
  ['2026-03-28T21:00:05Z', 'normal'],
  ['2026-03-29T02:59:50Z', 'normal'],
  ['2026-03-29T03:00:05Z', 'metered'],
  // From 03:00 to 02:00: it is an hour longer.
  ['2026-10-24T19:59:50Z', 'metered'],
  ['2026-10-24T20:00:05Z', 'normal'],
  ['2026-10-25T03:59:50Z', 'normal'],
  ['2026-10-25T04:00:05Z', 'metered'],
])('keeps its schedule by the clocks on the wall where they change: at %s it is %s', async (now, mode) => {
  const night = { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 22 * 60, toMinute: 5 * 60, mode: 'normal' } as const;
  clock = new FakeClock(Date.parse(now));
  await using link = await open({ mode: 'metered', timeZone: 'Europe/Berlin', schedule: [night] });
  expect(link.status().mode).toBe(mode);
});

/** A card takes its time. */
class SlowMemory extends FakeMemory {
  override async save(record: LinkRecord): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await super.save(record);
  }
}

it.each([{}, { maxBytesPerDay: MiB }])(
  'has written down how it is to be used when it says so, with %j',
  async (day) => {
    const memory = new SlowMemory();
    const first = await open(day, memory);
    first.allowance(clock.monotonicMs(), 300);
    await first.setMode('off', 'cli');
    // No end: the process is gone.
    await using second = await open(day, memory);
    expect(second.status()).toMatchObject({ mode: 'off', modeFrom: 'cli' });
  },
);

it('knows no window while nobody knows the date', async () => {
  quality = 'none';
  const always = { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 1439, mode: 'off' } as const;
  await using link = await open({ mode: 'metered', schedule: [always] });
  await clock.advance(5000);
  expect(link.status()).toMatchObject({ mode: 'metered', day: { basis: 'elapsed' } });
  quality = 'gnss';
  await clock.advance(1000);
  expect(link.status()).toMatchObject({ mode: 'off', modeFrom: 'schedule', day: { basis: 'date' } });
});

it('takes a sleep of the host for time that passed, and a date that is set for nothing', async () => {
  await using link = await open({ maxBytesPerDay: MiB });
  quality = 'system';
  await clock.advance(1000);
  clock.stepWall(Date.UTC(2031, 0, 1));
  await clock.advance(1000);
  expect(Math.round((link.status().day.endsInMs ?? 0) / HOUR)).toBe(12);
  clock.sleep(30 * HOUR);
  await clock.advance(1000);
  expect(Math.round((link.status().day.endsInMs ?? 0) / HOUR)).toBe(6);
});

it('says that the card takes no write, sends nothing beyond what it knows, and goes on when it does', async () => {
  const memory = new FakeMemory();
  memory.isFailing = true;
  await using link = await open({ maxBytesPerDay: MiB }, memory);
  link.allowance(clock.monotonicMs(), 300);
  await clock.advance(2000);
  expect(link.allowance(clock.monotonicMs(), 300).bytes).toBe(0);
  expect(link.status().lastError).toContain('the card is gone');
  expect(logger.warnings).toHaveLength(1);
  memory.isFailing = false;
  await clock.advance(12_000);
  expect(link.allowance(clock.monotonicMs(), 300).bytes).toBeGreaterThan(0);
  expect(link.status().lastError).toBeUndefined();
});

it('counts on in memory what the card does not take, and says that a restart would forget it', async () => {
  const memory = new FakeMemory();
  await using link = await open({ maxBytesPerDay: 10 * MiB }, memory);
  const socket = new FakeSocket();
  // The meter uses nothing else of a socket.
  link.meter(socket as unknown as Socket);
  link.allowance(clock.monotonicMs(), 300);
  await clock.advance(1000);
  memory.isFailing = true;
  socket.bytesWritten += 3 * MiB;
  await clock.advance(20_000);
  expect(link.allowance(clock.monotonicMs(), 300)).toMatchObject({ mode: 'normal', maxUrgentEventBytes: 0 });
  expect(link.status()).toMatchObject({
    day: { usedBytes: 3 * MiB },
    lastError: expect.stringMatching(/a restart would forget it: .*the card is gone/),
  });
  socket.bytesWritten += 7 * MiB;
  await clock.advance(1000);
  expect(link.status()).toMatchObject({ state: 'spent', day: { usedBytes: 10 * MiB } });
  expect(link.allowance(clock.monotonicMs(), 300).mode).toBe('off');
});

it('writes down at the next try what it was told while the card took no write', async () => {
  const memory = new FakeMemory();
  await using link = await open({}, memory);
  await clock.advance(1000);
  memory.isFailing = true;
  await link.setMode('off', 'cli');
  expect(link.status().lastError).toBeDefined();
  memory.isFailing = false;
  await clock.advance(12_000);
  expect(link.status().lastError).toBeUndefined();
  await using next = await open({}, memory);
  expect(next.status()).toMatchObject({ mode: 'off', modeFrom: 'cli' });
});

it.each([
  ['2026-03-28T21:00:00Z', 6],
  ['2026-10-24T20:00:00Z', 8],
  ['2026-11-28T21:00:30Z', 8 - 1 - 30 / 3600],
])('says how long a window goes on where clocks change: at %s for %f h', async (now, hours) => {
  const night = { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 22 * 60, toMinute: 5 * 60, mode: 'off' } as const;
  clock = new FakeClock(Date.parse(now));
  await using link = await open({ timeZone: 'Europe/Berlin', schedule: [night] });
  expect(link.status().modeEndsInMs).toBe(Math.round(hours * HOUR));
});

it('counts a day as used up to its reserve where the record is damaged', async () => {
  const memory = new FakeMemory();
  memory.found = 'damaged';
  await using link = await open({ maxBytesPerDay: MiB, alertReserveBytes: 1000 }, memory);
  expect(link.status()).toMatchObject({ state: 'reserved', day: { usedBytes: MiB - 1000 } });
});
