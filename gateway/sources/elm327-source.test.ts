import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, canLines, goodAdapter } from '#devices/obd/elm327/testing/session-bench.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { type Elm327Device, openElm327Source } from './elm327-source.ts';
import { FakeDeviceMemory } from './fake-device-memory.ts';
import { FakePublisher } from './fake-publisher.ts';
import { type FakeDevice, FakeSerialPorts } from './fake-serial-ports.ts';
import { FakeTimekeeper } from './fake-timekeeper.ts';
import { PositionFeed } from './position-feed.ts';

const PATH = '/dev/serial/by-id/obd';
const DEVICE: Elm327Device = {
  ...{ id: 'obd0', path: PATH, baud: 38_400, protocol: 'auto', intervalMs: 200, slowIntervalMs: 10_000 },
  pids: [{ name: 'rpm' }, { name: 'speed' }, { name: 'coolantTemperature' }, { name: 'oilTemperature' }],
};

let clock: FakeClock;
let bench: FakeSerialPorts;
let publisher: FakePublisher;
let memory: FakeDeviceMemory;
beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 10, 20, 15, 4, 5, 213));
  bench = new FakeSerialPorts();
  publisher = new FakePublisher();
  memory = new FakeDeviceMemory();
});

function open(device = DEVICE) {
  const context = { publisher, clock, timekeeper: new FakeTimekeeper(clock), reportGnss: () => {}, random: () => 0.9 };
  const rest = { memory, positions: new PositionFeed(), logger: new MemoryLogger(), openLink: bench.open };
  return openElm327Source(device, { ...context, ...rest });
}

/** Lets the adapter answer what it is asked, in steps of 20 ms. */
async function converse(adapter: FakeDevice, answer: Answer, durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 20) {
    await clock.advance(20);
    const isHeard = adapter.ownBaud === undefined || adapter.ownBaud === adapter.baud;
    for (const command of adapter.written.splice(0)) {
      const text = isHeard ? answer(command.replace('\r', '')) : '';
      if (text !== undefined) adapter.send(`${text}\r\r>`);
    }
  }
}

/** A message of ISO 14230-4 from the engine, with header and checksum. */
function kwpLine(payload: readonly number[]): string {
  const bytes = [0x80 + payload.length, 0xf1, 0x10, ...payload];
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  return Buffer.from([...bytes, sum])
    .toString('hex')
    .toUpperCase();
}

function events(name: string): readonly { readonly [key: string]: unknown }[] {
  const messages = publisher.messages.filter(({ topic }) => topic === `devices/obd0/${name}`);
  return messages.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()));
}

describe('openElm327Source', () => {
  it('publishes parameters, codes and the vehicle', async () => {
    const adapter = bench.plug(PATH);
    await using source = open();
    await converse(adapter, goodAdapter(), 5000);
    expect(events('vehicle')).toEqual([
      {
        ...{ type: 'obd.vehicle', version: 1, time: expect.any(String), clock: expect.any(String) },
        data: {
          ...{ vin: 'WDB9634031L123456', adapter: 'ELM327 V1.5', protocol: 'ISO 15765-4 (CAN), 11 bit, 500 kbit/s' },
          ...{ ecus: ['7E8'], ecuNames: [], calibrationIds: [] },
          ...{ supportedPids: ['01', '05', '0C', '0D', '20', '2F', '40', '46'], missingPids: ['5C'] },
        },
      },
    ]);
    expect(events('pids')).toContainEqual(
      expect.objectContaining({
        type: 'obd.pids',
        data: { engineSpeedRpm: 1726, speedKmh: 50, coolantTemperatureC: 83 },
      }),
    );
    expect(events('pids')).toContainEqual(expect.objectContaining({ data: { milOn: true, dtcCount: 2 } }));
    expect(events('dtc').map(({ data }) => data)).toEqual([
      { state: 'raised', code: 'P0301', status: 'stored', ecu: '7E8', onset: 'unknown' },
      { state: 'raised', code: 'U0100', status: 'stored', ecu: '7E8', onset: 'unknown' },
    ]);
    expect(source.status()).toMatchObject({
      ...{ state: 'open', baud: 38_400 },
      obd: { state: 'polling', adapter: 'ELM327 V1.5', voltageV: 14.1, ignition: 'on' },
    });
    await converse(adapter, goodAdapter(), 10_000);
    // Two parameters every 200 ms.
    expect(source.status().obd?.pidsPerSecond).toBeGreaterThan(8);
  });

  it('tells which codes come and go, and raises none again after a replug', async () => {
    let adapter = bench.plug(PATH);
    await using _source = open();
    await converse(adapter, goodAdapter(), 5000);
    bench.unplug(PATH);
    await clock.advance(1000);
    adapter = bench.plug(PATH);
    await converse(adapter, goodAdapter(), 20_000);
    expect(events('vehicle')).toHaveLength(2);
    expect(events('dtc')).toHaveLength(2);
    const changed = { '03': canLines('7E8', [0x43, 1, 0xc1, 0x00]), '07': canLines('7E8', [0x47, 1, 0x04, 0x20]) };
    await converse(adapter, goodAdapter(changed), 61_000);
    expect(
      events('dtc')
        .slice(2)
        .map(({ data }) => data),
    ).toEqual([
      { state: 'cleared', code: 'P0301', status: 'stored', ecu: '7E8', onset: 'seen' },
      { state: 'raised', code: 'P0420', status: 'pending', ecu: '7E8', onset: 'seen' },
    ]);
    await converse(adapter, goodAdapter({ '03': 'NO DATA', '07': 'CAN ERROR' }), 61_000);
    expect(events('dtc')).toHaveLength(4);
  });

  it.each([
    ['a line with a bad checksum', (lines: string) => lines.replace(/..$/, '00')],
    ['a line that the adapter itself refuses', (lines: string) => lines.replace(/\r.*$/, '\r<DATA ERROR')],
  ])('clears no code on an older bus by %s', async (_, damage) => {
    const adapter = bench.plug(PATH);
    await using _source = open();
    const none = kwpLine([0x47, 0, 0, 0, 0, 0, 0]);
    const codes = [kwpLine([0x43, 3, 1, 3, 2, 3, 3]), kwpLine([0x43, 3, 4, 0, 0, 0, 0])].join('\r');
    const answers = { ATDPN: '5', '0100': kwpLine([0x41, 0, 0x80, 0x10, 0, 0]), '07': none, '03': codes };
    await converse(adapter, goodAdapter(answers), 5000);
    expect(events('dtc')).toHaveLength(4);
    await converse(adapter, goodAdapter({ ...answers, '03': damage(codes) }), 61_000);
    expect(events('dtc')).toHaveLength(4);
    await converse(adapter, goodAdapter({ ...answers, '03': kwpLine([0x43, 3, 1, 3, 2, 3, 3]) }), 61_000);
    expect(events('dtc').slice(4)).toMatchObject([{ data: { state: 'cleared', code: 'P0304' } }]);
  });

  it('finds the rate of the adapter by its answers', async () => {
    const adapter = bench.plug(PATH);
    adapter.ownBaud = 500_000;
    await using source = open({ ...DEVICE, baud: 'auto' });
    await converse(adapter, goodAdapter(), 40_000);
    expect(source.status()).toMatchObject({ baud: 500_000, obd: { state: 'polling' } });
    expect(memory.recall('obd0')).toEqual({ baud: 500_000 });
  });

  it('keeps the rate through a search of the bus that takes long, and through rest', async () => {
    const adapter = bench.plug(PATH);
    await using source = open({ ...DEVICE, baud: 'auto' });
    const asleep = goodAdapter({ ATRV: '12.3V', '0100': 'UNABLE TO CONNECT' });
    await converse(adapter, asleep, 60_000);
    expect(source.status()).toMatchObject({ baud: 38_400, state: 'open', obd: { state: 'resting', ignition: 'off' } });
  });

  it('leaves no timer behind when it is closed', async () => {
    const adapter = bench.plug(PATH);
    const source = open();
    await converse(adapter, goodAdapter(), 3000);
    const closing = source[Symbol.asyncDispose]();
    await clock.advance(0);
    await closing;
    await clock.advance(60_000);
    expect(adapter.written).toEqual([]);
  });
});
