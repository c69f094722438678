import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectSlcan } from '#devices/can/slcan/testing/collect-slcan.ts';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { type Ledger, openLedger, readLedgerLines } from '#firmware-sim/ledger/ledger.ts';
import { NdjsonTail } from '#firmware-sim/ledger/ndjson-tail.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { CanDevice, UNDURABLE_MS } from './can-device.ts';

const START_MS = Date.UTC(2026, 10, 20, 12);

let dir: string;
let clock: FakeClock;
let ledger: Ledger;
let device: CanDevice;
let fd: number | undefined;

function plugIn(): void {
  ledger = openLedger(join(dir, 'ledger.ndjson'));
  const linkPath = join(dir, 'can');
  const vehicle = buildDemoVehicle();
  device = new CanDevice({ linkPath, clock, ledger, vehicle, startedMs: START_MS, random: () => 0.5 });
  device.plug();
}

async function unplug(): Promise<void> {
  if (fd !== undefined) closeSync(fd);
  fd = undefined;
  await device[Symbol.asyncDispose]();
  ledger[Symbol.dispose]();
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'can-'));
  clock = new FakeClock(START_MS);
  plugIn();
});

afterEach(async () => {
  await unplug();
  rmSync(dir, { recursive: true });
});

function openPort(): void {
  fd = openSync(join(dir, 'can'), constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
}

function command(text: string): void {
  if (fd !== undefined) writeSync(fd, text);
}

function lines() {
  using tail = new NdjsonTail(join(dir, 'ledger.ndjson'));
  return [...readLedgerLines(tail)];
}

function keys(): readonly string[] {
  return lines().flatMap((line) => ('values' in line ? [line.key] : []));
}

async function readFor(durationMs: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(4096);
  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs += 10) {
    clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
    try {
      if (fd !== undefined) chunks.push(Buffer.from(buffer.subarray(0, readSync(fd, buffer))));
    } catch {
      // Nothing to read.
    }
  }
  return Buffer.concat(chunks);
}

function framesIn(bytes: Uint8Array) {
  return collectSlcan(bytes).items.flatMap((item) => (item.kind === 'frame' ? [item.frame] : []));
}

describe('CanDevice', () => {
  it('sends frames only while its channel is open', async () => {
    openPort();
    expect(framesIn(await readFor(1_000))).toEqual([]);
    command('\r\r\rC\rS6\rL\r');
    expect(framesIn(await readFor(1_000)).length).toBeGreaterThan(20);
    command('C\r');
    await readFor(20);
    expect(framesIn(await readFor(1_000))).toEqual([]);
  });

  it('has written down exactly what it sent, 25 frames a second', async () => {
    openPort();
    command('S6\rL\r');
    const bytes = await readFor(10_000);
    await device.stop();
    const frames = framesIn(Buffer.concat([bytes, await readFor(50)]));
    expect(frames.length).toBe(keys().length);
    expect(frames.length).toBeGreaterThan(245);
    expect(frames.length).toBeLessThan(255);
    const counters = frames.map(({ data }) => new DataView(data.buffer, data.byteOffset).getUint32(0, true));
    expect(keys().map((key) => Number(key.split(':')[1]))).toEqual(counters);
  });

  it('goes on counting in the next run', async () => {
    openPort();
    command('S6\rL\r');
    await readFor(1_000);
    const before = keys();
    await unplug();
    plugIn();
    openPort();
    command('S6\rL\r');
    await readFor(1_000);
    expect(keys().length).toBeGreaterThan(before.length);
    const counters = keys().flatMap((key) => (key.startsWith('Transmission:') ? [Number(key.split(':')[1])] : []));
    expect(counters).toEqual(Array.from({ length: counters.length }, (_, index) => index + 1));
  });

  it('closes its channel with the port, and names what may have gone unheard', async () => {
    openPort();
    command('S6\rL\r');
    await readFor(1_000);
    const lastSeenMs = clock.nowMs();
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
    clock.advance(1_000);
    expect(lines().at(-1)).toMatchObject({ source: 'can0', unheardFrom: lastSeenMs - UNDURABLE_MS });
    const made = keys().length;
    openPort();
    await readFor(1_000);
    expect(keys()).toHaveLength(made);
    command('S6\rL\r');
    await readFor(1_000);
    expect(keys().length).toBeGreaterThan(made);
  });

  it('drops whole frames when nobody reads, and writes down which', async () => {
    openPort();
    command('S6\rL\r');
    clock.advance(120_000);
    expect(device.overrunCount).toBeGreaterThan(0);
    const dropped = lines().flatMap((line) => ('overrun' in line ? [line.overrun] : []));
    expect(dropped).toHaveLength(device.overrunCount);
    await device.stop();
    const { items, rejections } = collectSlcan(await readFor(500));
    const frameCount = items.filter(({ kind }) => kind === 'frame').length;
    expect(frameCount).toBe(keys().length - dropped.length);
    expect(Object.values(rejections).every((count) => count === 0)).toBe(true);
  });

  it('does not burst after it was held up, nor fall silent when the clock is set back', async () => {
    openPort();
    command('S6\rL\r');
    await readFor(500);
    const made = keys().length;
    clock.jump(60_000);
    await readFor(200);
    expect(keys().length - made).toBeLessThanOrEqual(12);
    clock.jump(-3_600_000);
    const later = keys().length;
    await readFor(1_000);
    expect(keys().length - later).toBeGreaterThan(20);
  });

  it('sends garbage that no parser takes for a frame [S1]', async () => {
    openPort();
    command('S6\rL\r');
    const before = await readFor(1_000);
    device.apply({ do: 'garbage', port: 'can' });
    const after = [await readFor(1_000)];
    await device.stop();
    after.push(await readFor(50));
    const { items, rejections } = collectSlcan(Buffer.concat([before, ...after]));
    expect(items.filter(({ kind }) => kind === 'frame')).toHaveLength(keys().length);
    expect(Object.values(rejections).some((count) => count > 0)).toBe(true);
  });

  it('answers nothing while it is silent', async () => {
    openPort();
    device.apply({ do: 'silence', port: 'can', durationMs: 1_000 });
    command('V\r');
    expect(await readFor(900)).toHaveLength(0);
    await readFor(200);
    command('V\r');
    expect((await readFor(100)).toString()).toBe('V1013\r');
  });
});
