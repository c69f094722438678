import { beforeEach, describe, expect, it } from 'vitest';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { FakeDeviceMemory } from './fake-device-memory.ts';
import { FakePublisher } from './fake-publisher.ts';
import { FakeSerialPorts } from './fake-serial-ports.ts';
import { FakeTimekeeper } from './fake-timekeeper.ts';
import { PositionFeed } from './position-feed.ts';
import { openSlcanSource, type SlcanDevice } from './slcan-source.ts';

const PATH = '/dev/serial/by-id/can';
/** What an adapter hears that nobody knows. */
const OPENING = '\r\r\rC\rV\rN\rS6\rL\r';
const DEVICE: SlcanDevice = { id: 'can0', path: PATH, baud: 115_200, bitrate: 500_000, listenOnly: true };

function database(text: string) {
  const parsed = parseDbc(`VERSION ""\n${text}\n`);
  if (!parsed.isDecoded) throw new Error(parsed.reason);
  return compileDbc(parsed.value);
}

const ENGINE = database(`BO_ 256 Engine: 8 ECU
 SG_ Speed : 0|16@1+ (0.125,0) [0|8000] "rpm" X
 SG_ Mode : 16|8@1+ (1,0) [0|3] "" X
 SG_ Serial : 0|64@1+ (1,0) [0|0] "" X
VAL_ 256 Mode 2 "Eco" ;`);
const HEAT = database(`BO_ 512 Heat: 4 ECU
 SG_ Ratio : 0|32@1- (1,0) [0|0] "" X
SIG_VALTYPE_ 512 Ratio : 1;`);

let clock: FakeClock;
let bench: FakeSerialPorts;
let memory: FakeDeviceMemory;
let publisher: FakePublisher;
let timekeeper: FakeTimekeeper;
beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 10, 20, 15, 4, 5, 213));
  bench = new FakeSerialPorts();
  memory = new FakeDeviceMemory();
  publisher = new FakePublisher();
  timekeeper = new FakeTimekeeper(clock);
});

async function open(device = DEVICE) {
  const context = {
    publisher,
    clock,
    timekeeper,
    reportGnss: () => {},
    random: () => 0,
    memory,
    positions: new PositionFeed(),
    logger: new MemoryLogger(),
  };
  const source = openSlcanSource(device, [ENGINE, HEAT], { ...context, openLink: bench.open });
  await clock.advance(0);
  return source;
}

describe('openSlcanSource', () => {
  it('lends no date to its events while the host has none [S5]', async () => {
    timekeeper.quality = 'none';
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send('t10034C2D02\r');
    const [event] = publisher.events('devices/can0/Engine');
    expect(event).toMatchObject({ clock: 'none', boot: '0123456789abcdef', monotonicMs: expect.any(Number) });
    expect(event).not.toHaveProperty('time');
  });

  it('opens the bus without a voice and waits for no answer [S4]', async () => {
    const device = bench.plug(PATH);
    const source = await open();
    expect(device.written).toEqual([OPENING]);
    await source[Symbol.asyncDispose]();
    expect(device.written.slice(1)).toEqual(['C\r']);
  });

  it('joins the bus only when told to [S4]', async () => {
    const device = bench.plug(PATH);
    await using _ = await open({ ...DEVICE, listenOnly: false, bitrate: 250_000 });
    expect(device.written).toEqual(['\r\r\rC\rV\rN\rS5\rO\r']);
  });

  it('never writes on the bus: all it ever writes are settings [S4]', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    for (let round = 0; round < 20; round++) {
      device.send(round % 2 === 0 ? 't1008102702AABBCCDDEE\r' : '\x07garbage\r');
      await clock.advance(7_000);
    }
    expect(device.written.join('')).not.toMatch(/[tTrR]/);
  });

  it('publishes a frame as the event that the catalogue describes', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send('t10034C2D02\r');
    expect(publisher.events('devices/can0/Engine')).toEqual([
      {
        type: 'can.message',
        version: 1,
        time: '2026-11-20T15:04:05.213Z',
        clock: 'system',
        data: {
          message: 'Engine',
          short: true,
          signals: { Speed: { value: 1449.5, unit: 'rpm' }, Mode: { value: 2, label: 'Eco' } },
        },
      },
    ]);
  });

  it('keeps every digit of a 64-bit value', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send('t1008FFFFFFFFFFFFFF7F\r');
    const { payload } = publisher.messages.at(-1) ?? {};
    expect(Buffer.from(payload ?? []).toString()).toContain('"Serial":{"value":9223372036854775807}');
    expect(publisher.events('devices/can0/Engine')).toMatchObject([{ data: { signals: { Speed: { unit: 'rpm' } } } }]);
    expect(publisher.events('devices/can0/Engine')[0]).not.toHaveProperty('data.short');
  });

  it('leaves out a value that is no number', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send('t20040000C07F\r');
    expect(publisher.events('devices/can0/Heat')).toMatchObject([{ data: { signals: { Ratio: {} } } }]);
    expect(publisher.events('devices/can0/Heat')[0]).not.toHaveProperty('data.signals.Ratio.value');
  });

  it('only counts what no database knows, remote frames and garbage [S1]', async () => {
    const device = bench.plug(PATH);
    await using source = await open();
    device.send('t7FF100\rT00000100100\rr1008\rt1G10\r\rz\r\x07V1013\r');
    expect(publisher.events('devices/can0/Engine')).toEqual([]);
    expect(source.status()).toMatchObject({
      type: 'slcan',
      publishedCount: 0,
      rejections: { 'unknown-id': 2, 'remote-frame': 1, 'bad-hex': 1 },
    });
  });

  it('remembers what the adapter said it is, and believes it of a CANable only when it says so again [S4]', async () => {
    const device = bench.plug(PATH);
    const source = await open();
    device.send('b158aa7 github.com/normaldotcom/canable-fw.git\r');
    expect(device.written.at(-1)).toBe('C\rS6\rM1\rO\r');
    expect(memory.recall('can0')).toEqual({ adapter: 'canable' });
    expect(source.status().can).toMatchObject({
      busState: 'unknown',
      adapter: { profile: 'canable', isCertain: true, version: 'b158aa7 github.com/normaldotcom/canable-fw.git' },
    });
    await source[Symbol.asyncDispose]();
    const other = bench.plug(PATH);
    await using _ = await open();
    expect(other.written).toEqual([OPENING]);
  });

  it('tells the time at which a frame was on the bus, where the adapter has a clock', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send('t10030100010000\r');
    await clock.advance(400);
    device.send('t100302000200C8\rt10030300030190\r');
    const times = publisher.events('devices/can0/Engine').map((event) => Date.parse(Object(event).time));
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 200, 400]);
  });

  it('opens the bus again after an unplug, and after a silence in which the adapter may have restarted [S3]', async () => {
    bench.plug(PATH);
    await using source = await open();
    bench.unplug(PATH);
    const device = bench.plug(PATH);
    await clock.advance(1_000);
    expect(device.written).toEqual([OPENING]);
    await clock.advance(10_500);
    expect(device.written).toEqual([OPENING, 'C\rV\rN\rS6\rL\r']);
    expect(source.status()).toMatchObject({ state: 'silent', reopenCount: 1 });
  });
});
