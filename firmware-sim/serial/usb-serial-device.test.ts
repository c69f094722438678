import { closeSync, constants, existsSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { openReader } from './testing/open-reader.ts';
import { type Firmware, SETTLE_MS, UsbSerialDevice } from './usb-serial-device.ts';

const PIECE = Buffer.from('0123456789\r\n');

let dir: string;
let linkPath: string;
let clock: FakeClock;
let device: UsbSerialDevice;
let fds: number[];
let firmware: Firmware & { readonly received: string[]; readonly goneAt: number[] };

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'usb-'));
  linkPath = join(dir, 'serial', 'by-id', 'usb-Test-if00');
  clock = new FakeClock(1_000_000);
  fds = [];
  firmware = {
    received: [],
    goneAt: [],
    onBytes: (bytes) => firmware.received.push(Buffer.from(bytes).toString()),
    onReaderGone: (lastSeenMs) => firmware.goneAt.push(lastSeenMs),
  };
  device = new UsbSerialDevice({ linkPath, clock }, firmware);
});

afterEach(() => {
  device[Symbol.dispose]();
  for (const fd of fds) closeSync(fd);
  rmSync(dir, { recursive: true });
});

function openPort(): number {
  const fd = openSync(linkPath, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  fds.push(fd);
  return fd;
}

function closePort(fd: number): void {
  closeSync(fd);
  fds = fds.filter((other) => other !== fd);
}

/** What is in the port now; the kernel hands it over in its own time. */
async function readPort(fd: number, sizeBytes: number): Promise<string> {
  const buffer = Buffer.alloc(65_536);
  let length = 0;
  await vi.waitUntil(() => {
    try {
      length += readSync(fd, buffer, length, buffer.length - length, null);
    } catch {
      // Nothing there yet.
    }
    return length >= sizeBytes;
  });
  return buffer.toString('latin1', 0, length);
}

describe('UsbSerialDevice', () => {
  it('appears under its link, and goes with it', () => {
    expect(existsSync(linkPath)).toBe(false);
    device.plug();
    device.plug();
    expect(existsSync(linkPath)).toBe(true);
    device.unplug();
    expect(existsSync(linkPath)).toBe(false);
    device.plug();
    expect(existsSync(linkPath)).toBe(true);
    device[Symbol.dispose]();
    expect(existsSync(linkPath)).toBe(false);
  });

  it('says nothing until the reader has had time to set the port up', async () => {
    device.plug();
    clock.advance(1000);
    expect(device.write(PIECE)).toBe(false);
    const fd = openPort();
    clock.advance(SETTLE_MS);
    expect(device.isReaderReady).toBe(false);
    expect(device.write(PIECE)).toBe(false);
    clock.advance(10);
    expect(device.isReaderReady).toBe(true);
    expect(device.write(PIECE)).toBe(true);
    expect(await readPort(fd, PIECE.length)).toBe(PIECE.toString());
  });

  it('answers a reader that speaks at once', () => {
    device.plug();
    const fd = openPort();
    writeSync(fd, 'V\r');
    clock.advance(10);
    expect(firmware.received).toEqual(['V\r']);
    expect(device.isReaderReady).toBe(true);
  });

  it('tells once that the reader has gone, and when it was there last', () => {
    device.plug();
    const fd = openPort();
    clock.advance(500);
    closePort(fd);
    clock.advance(500);
    expect(firmware.goneAt).toEqual([1_000_500]);
    expect(device.write(PIECE)).toBe(false);
    openPort();
    clock.advance(SETTLE_MS + 10);
    expect(device.write(PIECE)).toBe(true);
    device.unplug();
    expect(firmware.goneAt).toHaveLength(2);
  });

  it('takes pieces whole or not at all when the reader does not read, and leaves none in parts', async () => {
    device.plug();
    const fd = openPort();
    clock.advance(SETTLE_MS + 10);
    // A length that fits no buffer: the last piece is taken in part.
    const piece = Buffer.from(`${'x'.repeat(996)}\r\n`);
    let takenCount = 0;
    // The kernel moves what it has taken to the reader's buffer a moment later, and then has room once more.
    for (let refusedCount = 0; refusedCount < 10; ) {
      if (device.write(piece)) {
        takenCount += 1;
        refusedCount = 0;
      } else {
        refusedCount += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    expect(takenCount).toBeGreaterThan(1);
    expect(device.write(piece)).toBe(false);
    const before = await readPort(fd, 4096);
    clock.advance(10);
    const after = await readPort(fd, takenCount * piece.length - before.length);
    expect(before + after).toBe(piece.toString().repeat(takenCount));
  });

  it('is seen to go by a reader, and to come back', async () => {
    device.plug();
    const first = await openReader(linkPath);
    await first.idle();
    device.unplug();
    expect(await first.gone).toMatchObject({ disconnected: true });
    device.plug();
    const second = await openReader(linkPath);
    clock.advance(SETTLE_MS + 10);
    expect(device.write(PIECE)).toBe(true);
    await vi.waitUntil(() => second.received().length === PIECE.length);
    await second.close();
  });
});
