import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { GnssAccount, UNDURABLE_MS } from '#firmware-sim/ledger/gnss-account.ts';
import { type Ledger, openLedger, readLedgerLines } from '#firmware-sim/ledger/ledger.ts';
import { NdjsonTail } from '#firmware-sim/ledger/ndjson-tail.ts';
import { UsbSerialDevice } from '#firmware-sim/serial/usb-serial-device.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { GnssDevice } from './gnss-device.ts';
import { buildReceiver } from './receiver-model.ts';
import { DEFAULT_RECEIVER, type ReceiverSpec } from './receiver-spec.ts';

const START_MS = Date.UTC(2026, 10, 20, 12);

const SPEC: ReceiverSpec = { ...DEFAULT_RECEIVER, rateHz: 2, sentences: ['RMC', 'GGA', 'GSA', 'VTG'] };
const EPOCH_INTERVAL_MS = 500;

let dir: string;
let clock: FakeClock;
let ledger: Ledger;
let device: GnssDevice;
let fd: number | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gnss-'));
  clock = new FakeClock(START_MS);
  ledger = openLedger(join(dir, 'ledger.ndjson'));
  device = plugDevice();
});

function plugDevice(spec = SPEC): GnssDevice {
  const timeLine = { startUnixMs: START_MS };
  const plugged = new GnssDevice({
    spec,
    model: buildReceiver(spec, { vehicle: buildDemoVehicle(), conditions: [], timeLine, seed: 1 }),
    ...{ clock, startedMs: START_MS, startUnixMs: START_MS, random: () => 0.5 },
    account: new GnssAccount(ledger, clock),
    openLine: (firmware) => new UsbSerialDevice({ linkPath: join(dir, 'gnss'), clock, baud: spec.baud }, firmware),
  });
  plugged.plug();
  return plugged;
}

afterEach(async () => {
  closePort();
  await device[Symbol.asyncDispose]();
  ledger[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

function openPort(): void {
  fd = openSync(join(dir, 'gnss'), constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
}

function closePort(): void {
  if (fd !== undefined) closeSync(fd);
  fd = undefined;
}

function ledgerLines() {
  using tail = new NdjsonTail(join(dir, 'ledger.ndjson'));
  return [...readLedgerLines(tail)];
}

function keys(): readonly string[] {
  return ledgerLines().flatMap((line) => ('values' in line ? [line.key] : []));
}

/** Moves on in steps, reading as a gateway does. */
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

function epochsIn(bytes: Uint8Array): readonly string[] {
  const decoder = new GnssDecoder();
  const epochs = [...decoder.push(bytes), ...decoder.flush()];
  return epochs.map(({ unixMs = Number.NaN }) => new Date(unixMs).toISOString());
}

describe('GnssDevice', () => {
  it('makes nothing while nobody listens', async () => {
    clock.advance(10_000);
    expect(ledgerLines()).toEqual([]);
  });

  it('reports two epochs a second in UTC, each in the ledger before its first byte', async () => {
    openPort();
    const chunks: Buffer[] = [];
    for (let step = 0; step < 500; step++) {
      const chunk = await readFor(10);
      chunks.push(chunk);
      const time = /RMC,(\d\d)(\d\d)(\d\d\.\d{3}),/.exec(chunk.toString());
      if (time !== null) expect(keys().at(-1)).toBe(`2026-11-20T${time.slice(1).join(':')}Z`);
    }
    const bytes = Buffer.concat(chunks);
    expect(keys().slice(0, 3)).toEqual([
      '2026-11-20T12:00:00.500Z',
      '2026-11-20T12:00:01.000Z',
      '2026-11-20T12:00:01.500Z',
    ]);
    expect(epochsIn(bytes)).toEqual(keys());
  });

  it('sends no faster than its UART', async () => {
    openPort();
    await readFor(540);
    let text = '';
    const arrivals: { readonly atMs: number; readonly lineCount: number }[] = [];
    for (let atMs = 0; atMs < 300; atMs += 10) {
      text += await readFor(10);
      arrivals.push({ atMs, lineCount: text.split('\n').length - 1 });
    }
    const firstMs = arrivals.find(({ lineCount }) => lineCount >= 1)?.atMs ?? 0;
    const lastMs = arrivals.find(({ lineCount }) => lineCount === 7)?.atMs ?? 0;
    const [first = ''] = text.split('\n');
    // 38,400 baud carry 3.84 bytes in a millisecond.
    expect(lastMs - firstMs).toBeGreaterThanOrEqual((text.length - first.length) / 3.84 - 20);
    expect(lastMs - firstMs).toBeGreaterThan(30);
  });

  it('names the span in which the reader may not have heard it', async () => {
    openPort();
    await readFor(3_000);
    const lastSeenMs = clock.nowMs();
    closePort();
    clock.advance(2_000);
    const made = keys().length;
    const unheard = ledgerLines().at(-1);
    expect(unheard).toMatchObject({ source: 'gps0', unheardFrom: lastSeenMs - UNDURABLE_MS });
    expect(unheard).toHaveProperty(
      'unheardTo',
      expect.toSatisfy((toMs: number) => toMs >= ledger.lastAt('gps0')),
    );
    expect(ledger.unheardCount).toBeGreaterThan(0);
    clock.advance(5_000);
    expect(keys()).toHaveLength(made);
  });

  it('drops whole sentences when nobody reads, counts them, and excuses their epochs', async () => {
    openPort();
    clock.advance(60_000);
    expect(device.overrunCount).toBeGreaterThan(0);
    const overruns = ledgerLines().flatMap((line) => ('overrun' in line ? [line.overrun] : []));
    const bytes = await readFor(10);
    const lines = bytes.toString().split('\r\n');
    expect(lines.slice(0, -1).every((line) => /^\$GN[A-Z]{3},.*\*[0-9A-F]{2}$/.test(line))).toBe(true);
    expect(overruns.length).toBeGreaterThan(0);
    expect(overruns.every((key, index) => keys().includes(key) && overruns.indexOf(key) === index)).toBe(true);
    expect(keys().length - new Set(overruns).size).toBeGreaterThan(0);
  });

  it('finishes the epoch under way when it is stopped, and begins none', async () => {
    openPort();
    await readFor(EPOCH_INTERVAL_MS * 2 + 80);
    let isStopped = false;
    const stopped = device.stop().then(() => {
      isStopped = true;
    });
    expect(isStopped).toBe(false);
    const made = keys().length;
    const bytes = await readFor(1_000);
    await stopped;
    expect(bytes.toString()).toContain('$GNVTG');
    expect(keys()).toHaveLength(made);
  });

  it('is silent for as long as it is told', async () => {
    openPort();
    await readFor(1_000);
    device.apply({ do: 'silence', port: 'gnss', durationMs: 3_000 });
    await readFor(200);
    const made = keys().length;
    await readFor(2_500);
    expect(keys()).toHaveLength(made);
    await readFor(1_500);
    expect(keys().length).toBeGreaterThan(made);
  });

  it('sends garbage that no decoder takes for an epoch [S1]', async () => {
    openPort();
    const before = await readFor(3_100);
    device.apply({ do: 'garbage', port: 'gnss' });
    const after = await readFor(3_000);
    expect(before.length + after.length).toBeGreaterThan(0);
    const decoder = new GnssDecoder();
    const epochs = [...decoder.push(Buffer.concat([before, after])), ...decoder.flush()];
    expect(epochs.map(({ unixMs }) => new Date(unixMs ?? 0).toISOString())).toEqual(keys());
    expect(decoder.rejections).not.toEqual({});
  });

  it('never makes an epoch twice, though the clock be set back', async () => {
    openPort();
    await readFor(3_000);
    const made = keys();
    await device[Symbol.asyncDispose]();
    closePort();
    clock = new FakeClock(START_MS);
    device = plugDevice();
    openPort();
    await readFor(4_000);
    expect(new Set(keys()).size).toBe(keys().length);
    expect(keys().length).toBeGreaterThan(made.length);
  });
});
