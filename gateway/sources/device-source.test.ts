import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { BAUD_RATES, LOOK_AGAIN_MS } from './baud-search.ts';
import { type DeviceReader, openDeviceSource, STATUS_INTERVAL_MS } from './device-source.ts';
import { FakeDeviceMemory } from './fake-device-memory.ts';
import { FakePublisher } from './fake-publisher.ts';
import { type FakeDevice, FakeSerialPorts } from './fake-serial-ports.ts';
import { FakeTimekeeper } from './fake-timekeeper.ts';
import { PositionFeed } from './position-feed.ts';

const PATH = '/dev/serial/by-id/gps';
const TOPIC = 'status/devices/gps0';

let clock: FakeClock;
let bench: FakeSerialPorts;
let memory: FakeDeviceMemory;
let publisher: FakePublisher;
let logger: MemoryLogger;
beforeEach(() => {
  clock = new FakeClock();
  bench = new FakeSerialPorts();
  memory = new FakeDeviceMemory();
  publisher = new FakePublisher();
  logger = new MemoryLogger();
});

/** Takes each `!` for a message of a protocol and everything else for noise. */
function readMarks(protocol: string): DeviceReader {
  const counts = { messages: 0, noise: 0 };
  return {
    read: (chunk) => {
      for (const byte of chunk) counts[byte === 0x21 ? 'messages' : 'noise']++;
    },
    flush: () => {},
    messages: () => ({ [protocol]: counts.messages }),
    rejections: () => ({ noise: counts.noise }),
  };
}

async function open(baud: number | 'auto' = 'auto', protocol = 'auto') {
  const timekeeper = new FakeTimekeeper(clock);
  const context = {
    publisher,
    clock,
    timekeeper,
    random: () => 1,
    memory,
    positions: new PositionFeed(),
    logger,
    reportGnss: () => {},
  };
  const device = { id: 'gps0', type: 'gnss', path: PATH, baud, protocol, makeReader: () => readMarks('nmea0183') };
  const source = openDeviceSource(device, { ...context, openLink: bench.open });
  await clock.advance(0);
  return source;
}

/** Four messages a second, for so long. */
async function speak(device: FakeDevice, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    device.send('!!!!');
    await clock.advance(1000);
  }
}

describe('openDeviceSource', () => {
  it('finds the rate on one opening, says so, and remembers it [S3]', async () => {
    const device = bench.plug(PATH);
    device.ownBaud = 115_200;
    await using source = await open();
    await speak(device, 20);
    expect(source.status()).toMatchObject({ state: 'open', baud: 115_200, messages: { nmea0183: expect.any(Number) } });
    expect(device.rates).toEqual([9600, 38_400, 115_200]);
    expect(bench.attempts).toEqual(['opened']);
    expect(memory.recall('gps0')).toEqual({ baud: 115_200 });
    expect(publisher.events(TOPIC).at(-1)).toMatchObject({ data: { state: 'open', baud: 115_200 } });
  });

  it('tries first what it remembers, also after a replug', async () => {
    memory.remember('gps0', { baud: 57_600 });
    const device = bench.plug(PATH);
    device.ownBaud = 57_600;
    await using source = await open();
    await speak(device, 2);
    expect([source.status().baud, device.rates]).toEqual([57_600, [57_600]]);
    bench.unplug(PATH);
    await clock.advance(0);
    expect(source.status()).not.toHaveProperty('baud');
    const again = bench.plug(PATH);
    again.ownBaud = 57_600;
    await clock.advance(1000);
    await speak(again, 2);
    expect([source.status().baud, again.rates]).toEqual([57_600, [57_600]]);
    expect(source.status().messages).toEqual({ nmea0183: 16 });
  });

  it('tries first what it remembers although the port was missing for long', async () => {
    memory.remember('gps0', { baud: 57_600 });
    await using source = await open();
    await clock.advance(3_600_000);
    const device = bench.plug(PATH);
    device.ownBaud = 57_600;
    while (!device.isOpen) await clock.advance(500);
    await speak(device, 2);
    expect([source.status().baud, device.rates]).toEqual([57_600, [57_600]]);
  });

  it('looks again when a receiver is back at its default rate, and hears it within half a minute', async () => {
    const device = bench.plug(PATH);
    device.ownBaud = 9600;
    await using source = await open();
    await speak(device, 2);
    expect(source.status().baud).toBe(9600);
    device.ownBaud = 4800;
    await speak(device, LOOK_AGAIN_MS / 1000 + 1);
    expect(source.status()).not.toHaveProperty('baud');
    await speak(device, 15);
    expect(source.status().baud).toBe(4800);
    expect(memory.recall('gps0')).toEqual({ baud: 4800 });
  });

  it('is silent, on one opening, while a receiver says nothing', async () => {
    const device = bench.plug(PATH);
    await using source = await open();
    await clock.advance(600_000);
    expect(source.status()).toMatchObject({ state: 'silent', reopenCount: 0 });
    expect(device.rates.length).toBeLessThan(50);
  });

  it('says that at no rate a message comes whole, until one does', async () => {
    const device = bench.plug(PATH);
    device.ownBaud = 14_400;
    await using source = await open();
    await speak(device, 30);
    expect(source.status().lastError).toMatch(/^port\.unintelligible: .*devices probe/);
    device.ownBaud = 38_400;
    await speak(device, 30);
    expect(source.status()).toMatchObject({ baud: 38_400 });
    expect(source.status()).not.toHaveProperty('lastError');
  });

  it('passes over rates that the port does not have', async () => {
    const device = bench.plug(PATH);
    device.ownBaud = 4800;
    device.missingRates = [38_400, 115_200];
    await using source = await open();
    await speak(device, 5);
    expect([source.status().baud, device.rates]).toEqual([4800, [9600, 4800]]);
  });

  it('takes no message of another protocol for a proof', async () => {
    const device = bench.plug(PATH);
    await using source = await open('auto', 'ubx');
    await speak(device, 10);
    expect(source.status()).not.toHaveProperty('baud');
    expect(device.rates.length).toBeGreaterThan(2);
  });

  it('leaves a configured rate alone', async () => {
    const device = bench.plug(PATH);
    device.ownBaud = 9600;
    await using source = await open(4800);
    await speak(device, 60);
    expect([source.status().baud, device.rates]).toEqual([4800, [4800]]);
    expect(memory.recall('gps0')).toEqual({});
    expect(BAUD_RATES).toContain(4800);
  });

  it('publishes its counters once a minute while bytes come, and never while none do', async () => {
    const device = bench.plug(PATH);
    await using _ = await open(9600);
    await speak(device, 300);
    const count = publisher.events(TOPIC).length;
    expect(count).toBe(1 + 300_000 / STATUS_INTERVAL_MS);
    expect(publisher.events(TOPIC).at(-1)).toMatchObject({
      data: { receivedBytes: 4 * 300, lastMessage: { clock: 'system', time: expect.any(String) }, rejections: {} },
    });
    await clock.advance(600_000);
    // That it is silent, and no more.
    expect(publisher.events(TOPIC).length).toBe(count + 1);
  });

  it('counts a message as the last one when it came whole', async () => {
    const device = bench.plug(PATH);
    await using source = await open(9600);
    expect(source.status()).not.toHaveProperty('lastMessageAgeMs');
    device.send('!');
    await clock.advance(700);
    device.send('?');
    await clock.advance(300);
    expect(source.status()).toMatchObject({ lastMessageAgeMs: 1000, rejections: { noise: 1 } });
  });
});
