import { beforeEach, describe, expect, it } from 'vitest';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { encodeUbxFrame } from '#devices/ubx/ubx-frame.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { GnssReport } from '#gateway/model/gnss-report.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { MAX_UNANSWERED_PUBLISHES } from './event-outlet.ts';
import { FakeDeviceMemory } from './fake-device-memory.ts';
import { FakePublisher } from './fake-publisher.ts';
import { FakeSerialPorts } from './fake-serial-ports.ts';
import { FakeTimekeeper } from './fake-timekeeper.ts';
import { openGnssSource } from './gnss-source.ts';
import { PositionFeed } from './position-feed.ts';

const PATH = '/dev/serial/by-id/gps';
const TOPIC = 'devices/gps0/position';

let clock: FakeClock;
let bench: FakeSerialPorts;
let memory: FakeDeviceMemory;
let publisher: FakePublisher;
let timekeeper: FakeTimekeeper;
let reports: GnssReport[];
beforeEach(() => {
  clock = new FakeClock();
  bench = new FakeSerialPorts();
  memory = new FakeDeviceMemory();
  publisher = new FakePublisher();
  timekeeper = new FakeTimekeeper(clock);
  reports = [];
});

async function open(baud: number | 'auto' = 9600) {
  const reportGnss = (report: GnssReport) => void reports.push(report);
  const context = {
    publisher,
    clock,
    timekeeper,
    reportGnss,
    random: () => 0,
    memory,
    positions: new PositionFeed(),
    logger: new MemoryLogger(),
  };
  const source = openGnssSource({ id: 'gps0', path: PATH, baud }, { ...context, openLink: bench.open });
  await clock.advance(0);
  return source;
}

function sentence(type: string, ...fields: string[]): string {
  return `${encodeNmeaSentence({ talker: 'GP', type, fields })}\r\n`;
}

/** One epoch of a receiver with a fix, so many seconds after 12:00. */
function fix(second: number): string {
  const clockFace = [Math.floor(second / 60), second % 60].map((part) => String(part).padStart(2, '0')).join('');
  const time = `12${clockFace}.00`;
  return [
    sentence('RMC', time, 'A', '4807.038', 'N', '01131.000', 'E', '10.0', '084.4', '201126', '', ''),
    sentence('GGA', time, '4807.038', 'N', '01131.000', 'E', '1', '08', '0.9', '545.4', 'M', '46.9', 'M', '', ''),
  ].join('');
}

describe('openGnssSource', () => {
  it.each(['nmea0183', 'ubx'])('takes messages of %s for the proof of a rate', async (protocol) => {
    const device = bench.plug(PATH);
    device.ownBaud = 38_400;
    await using source = await open('auto');
    const empty = new DataView(new ArrayBuffer(0));
    const frame = encodeUbxFrame({ messageClass: 0x01, messageId: 0x60, payload: empty });
    for (let second = 0; second < 8; second++) {
      device.send(protocol === 'ubx' ? frame : fix(second));
      await clock.advance(1_000);
    }
    expect(source.status()).toMatchObject({ baud: 38_400, messages: { [protocol]: expect.any(Number) } });
  });

  it('publishes a fix as the event that the catalogue describes', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send(fix(1));
    await clock.advance(2_000);
    expect(publisher.events(TOPIC)).toEqual([
      {
        type: 'gnss.position',
        version: 1,
        time: '2026-11-20T12:00:01.000Z',
        clock: 'gnss',
        data: {
          valid: true,
          latitude: 48 + 7.038 / 60,
          longitude: 11 + 31 / 60,
          altitudeMsl: 545.4,
          altitudeHae: 592.3,
          speedKmh: 18.52,
          headingDeg: 84.4,
          fix: '3d',
          method: 'autonomous',
          hdop: 0.9,
          satellitesUsed: 8,
        },
      },
    ]);
  });

  it('publishes an epoch without a fix as an event without a position [S2]', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send(
      sentence('RMC', '120001.00', 'V', '4807.038', 'N', '01131.000', 'E', '10.0', '084.4', '201126', '', ''),
    );
    await clock.advance(2_000);
    expect(publisher.events(TOPIC)).toEqual([
      {
        type: 'gnss.position',
        version: 1,
        time: '2026-11-20T12:00:01.000Z',
        clock: 'gnss',
        data: { valid: false, reasons: ['mode'], fix: 'none' },
      },
    ]);
  });

  it('does not lend the host’s date to a receiver that knows none [S5]', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send(
      sentence(
        'GGA',
        '120001.00',
        '4807.038',
        'N',
        '01131.000',
        'E',
        '1',
        '08',
        '0.9',
        '545.4',
        'M',
        '46.9',
        'M',
        '',
        '',
      ),
    );
    await clock.advance(1_500);
    const [event] = publisher.events(TOPIC);
    expect(event).toMatchObject({ clock: 'none', boot: '0123456789abcdef', monotonicMs: 1_500, data: { fix: '3d' } });
    expect(event).not.toHaveProperty('time');
  });

  it('tells the time with a position, as of the first bytes of its epoch [S5]', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send(fix(1).slice(0, 100));
    await clock.advance(150);
    device.send(fix(1).slice(100));
    await clock.advance(850);
    device.send(fix(2));
    await clock.advance(2_000);
    expect(reports).toMatchObject([
      {
        device: 'gps0',
        path: PATH,
        isGood: true,
        trustedUnixMs: Date.UTC(2026, 10, 20, 12, 0, 1),
        arrival: { monotonicMs: 0 },
      },
      { isGood: true, trustedUnixMs: Date.UTC(2026, 10, 20, 12, 0, 2), arrival: { monotonicMs: 1_000 } },
    ]);
  });

  it('tells no time without a position: a receiver may count on from any date [S5]', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send(sentence('RMC', '120001.00', 'V', '', '', '', '', '', '', '201126', '', ''));
    await clock.advance(2_000);
    expect(publisher.events(TOPIC)).toMatchObject([{ data: { fix: 'none' } }]);
    expect(reports).toMatchObject([{ isGood: false, epoch: { mode: 'none' } }]);
    expect(reports[0]).not.toHaveProperty('trustedUnixMs');
  });

  it('forgets the date when the receiver is pulled out [S5]', async () => {
    const device = bench.plug(PATH);
    await using _ = await open();
    device.send(fix(1));
    bench.unplug(PATH);
    await clock.advance(0);
    const other = bench.plug(PATH);
    await clock.advance(0);
    other.send(
      sentence('GGA', '120009.00', '4807.038', 'N', '01131.000', 'E', '1', '08', '0.9', '1', 'M', '1', 'M', '', ''),
    );
    await clock.advance(1_500);
    expect(publisher.events(TOPIC)).toMatchObject([{ clock: 'gnss' }, { clock: 'none' }]);
  });

  it.each([1, 2, 7, 100])('gives the same events in chunks of %i bytes [S1]', async (sizeBytes) => {
    const device = bench.plug(PATH);
    await using _ = await open();
    const stream = Buffer.from([1, 2, 3].map(fix).join(''));
    for (let start = 0; start < stream.length; start += sizeBytes)
      device.send(stream.subarray(start, start + sizeBytes));
    await clock.advance(1_500);
    const times = publisher.events(TOPIC).map((event) => Object(event).time);
    expect(times).toEqual([1, 2, 3].map((second) => `2026-11-20T12:00:0${second}.000Z`));
  });

  it('turns garbage into counters, and keeps them over an unplug [S1]', async () => {
    const device = bench.plug(PATH);
    await using source = await open();
    device.send(`${fix(1).slice(0, 30)}\r\n$GPGGA,1*00\r\n${fix(2)}`);
    await clock.advance(1_500);
    expect(publisher.events(TOPIC)).toHaveLength(1);
    const { rejections } = source.status();
    expect(rejections).toMatchObject({ 'wrong-checksum': 1 });
    bench.unplug(PATH);
    await clock.advance(0);
    expect(source.status().rejections).toEqual(rejections);
  });

  it('holds the port while the broker does not answer, and loses nothing [P3]', async () => {
    const device = bench.plug(PATH);
    const source = await open();
    publisher.stall();
    const count = MAX_UNANSWERED_PUBLISHES + 100;
    for (let second = 0; second < count; second++) device.send(fix(second));
    expect(device.isPaused).toBe(true);
    expect(device.waitingBytes).toBeGreaterThan(90 * fix(0).length);
    expect(publisher.unansweredCount).toBe(MAX_UNANSWERED_PUBLISHES);
    // Held for long: that is not silence, and no epoch is torn by it.
    await clock.advance(60_000);
    expect(source.status().state).toBe('open');
    while (publisher.unansweredCount > 0) publisher.answer();
    await clock.advance(1_500);
    publisher.answer();
    const times = publisher.events(TOPIC).map((event) => Object(event).time);
    expect(new Set(times).size).toBe(count);
    expect(times).toEqual(times.toSorted());
    expect(source.status()).toMatchObject({ publishedCount: count, refusedCount: 0 });
    await source[Symbol.asyncDispose]();
  });

  it('counts what the broker refuses', async () => {
    const device = bench.plug(PATH);
    await using source = await open();
    publisher.refuse(new WaystationError('journal.full', 'append: no space'));
    device.send(fix(1));
    await clock.advance(1_500);
    expect(source.status()).toMatchObject({ publishedCount: 1, refusedCount: 1 });
  });

  it('tells of its state under status/devices/<id>, retained', async () => {
    await using source = await open();
    expect(source.status()).toMatchObject({ id: 'gps0', type: 'gnss', path: PATH, state: 'lost' });
    bench.plug(PATH);
    await clock.advance(1_000);
    bench.unplug(PATH);
    await clock.advance(0);
    const states = publisher.events('status/devices/gps0');
    expect(states).toMatchObject([
      { type: 'device.status', data: { state: 'lost', lastError: expect.stringContaining('no such path') } },
      { data: { state: 'open', path: PATH } },
      { data: { state: 'lost', lastError: expect.stringContaining('bad file descriptor') } },
    ]);
    expect(publisher.messages.every(({ isRetained }) => isRetained)).toBe(true);
  });

  it('gives out the epoch under way when it is closed, and waits for the answers [P1]', async () => {
    const device = bench.plug(PATH);
    const source = await open();
    publisher.stall();
    device.send(fix(1));
    const closed = source[Symbol.asyncDispose]();
    await clock.advance(100);
    expect(publisher.events(TOPIC)).toHaveLength(1);
    let isClosed = false;
    const done = closed.then(() => {
      isClosed = true;
    });
    await clock.advance(100);
    expect(isClosed).toBe(false);
    publisher.answer();
    await done;
  });

  it('does not wait for ever when it is closed', async () => {
    const device = bench.plug(PATH);
    const source = await open();
    publisher.stall();
    device.send(fix(1));
    const closed = source[Symbol.asyncDispose]();
    await clock.advance(0);
    await clock.advance(5_000);
    await closed;
  });
});
