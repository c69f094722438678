import { beforeEach, expect, it } from 'vitest';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { MAX_UNANSWERED_PUBLISHES } from './event-outlet.ts';
import { FakeDeviceMemory } from './fake-device-memory.ts';
import { FakePublisher } from './fake-publisher.ts';
import { type FakeDevice, FakeSerialPorts } from './fake-serial-ports.ts';
import { FakeTimekeeper } from './fake-timekeeper.ts';
import { openGnssSource } from './gnss-source.ts';
import { PositionFeed } from './position-feed.ts';
import { openSelectionSource } from './selection-source.ts';
import type { Source } from './source.ts';

const DEVICE = { id: 'nav', sources: ['gps0', 'gps1'], fallbackAfterMs: 5000, returnAfterMs: 30_000 };
/** Each receiver has a latitude of its own, so that one sees whose position it is. */
const LATITUDES = { gps0: '4800.000', gps1: '4800.010' } as const;
type Receiver = keyof typeof LATITUDES;

let clock: FakeClock;
let bench: FakeSerialPorts;
let publisher: FakePublisher;
let logger: MemoryLogger;
let ports: Record<Receiver, FakeDevice>;
let positions: PositionFeed;
beforeEach(() => {
  clock = new FakeClock();
  bench = new FakeSerialPorts();
  publisher = new FakePublisher();
  logger = new MemoryLogger();
  ports = { gps0: bench.plug('/dev/gps0'), gps1: bench.plug('/dev/gps1') };
  positions = new PositionFeed();
});

async function open(stack: AsyncDisposableStack): Promise<Source> {
  const timekeeper = new FakeTimekeeper(clock);
  const memory = new FakeDeviceMemory();
  const context = { publisher, clock, timekeeper, positions, random: () => 0.1, memory, logger };
  const ofReceivers = { ...context, reportGnss: () => {}, openLink: bench.open };
  const selection = stack.use(openSelectionSource(DEVICE, context));
  for (const id of ['gps0', 'gps1']) stack.use(openGnssSource({ id, path: `/dev/${id}`, baud: 9600 }, ofReceivers));
  await clock.advance(0);
  return selection;
}

/** Seconds of two receivers, half a second apart; `v` a fix, `x` none, `-` silence. */
async function play(gps0: string, gps1: string): Promise<void> {
  for (let second = 0; second < Math.max(gps0.length, gps1.length); second++) {
    speak('gps0', gps0[second]);
    await clock.advance(500);
    speak('gps1', gps1[second]);
    await clock.advance(500);
  }
}

function speak(receiver: Receiver, said = '-'): void {
  if (said === '-') return;
  const time = new Date(clock.wallMs()).toISOString().slice(11, 23).replaceAll(':', '');
  const [status, quality] = said === 'v' ? ['A', '1'] : ['V', '0'];
  const place = [LATITUDES[receiver], 'N', '01100.000', 'E'];
  const lines = [
    ['RMC', time, status, ...place, '10.0', '084.4', '201126', '', ''],
    ['GGA', time, ...place, quality, '08', '0.9', '545.4', 'M', '46.9', 'M', '', ''],
  ].map(([type = '', ...fields]) => encodeNmeaSentence({ talker: 'GP', type, fields }));
  ports[receiver].send(`${lines.join('\r\n')}\r\n`);
}

const published = () => publisher.events('devices/nav/position').map((event) => Object(event).data);
const sources = () => published().map(({ source }) => source);
const runs = () => sources().filter((source, index, all) => source !== all[index - 1]);

it('passes on the positions of the preferred receiver as they are, with its name', async () => {
  await using stack = new AsyncDisposableStack();
  const selection = await open(stack);
  await play('vvvv', 'vvvv');
  expect(new Set(sources())).toEqual(new Set(['gps0']));
  const [event] = publisher.events('devices/nav/position');
  const [original] = publisher.events('devices/gps0/position');
  expect(event).toEqual({ ...Object(original), data: { ...Object(original).data, source: 'gps0' } });
  expect(selection.status()).toMatchObject({
    id: 'nav',
    type: 'gnssSelection',
    state: 'open',
    selection: { source: 'gps0', switchCount: 0, conditions: { gps0: 'valid', gps1: 'valid' } },
  });
});

it('goes to the other receiver when the preferred one is unplugged, and back when it has proved itself', async () => {
  await using stack = new AsyncDisposableStack();
  const selection = await open(stack);
  await play('vvv', 'vvv');
  bench.unplug('/dev/gps0');
  await play('-'.repeat(10), 'v'.repeat(10));
  expect(runs()).toEqual(['gps0', 'gps1']);
  const gapMs = 500 + DEVICE.fallbackAfterMs + 1000;
  const times = publisher.events('devices/nav/position').map((event) => Date.parse(Object(event).time));
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(gapMs);
  ports.gps0 = bench.plug('/dev/gps0');
  await play('v'.repeat(25), 'v'.repeat(25));
  expect(runs()).toEqual(['gps0', 'gps1']);
  await play('v'.repeat(15), 'v'.repeat(15));
  expect(runs()).toEqual(['gps0', 'gps1', 'gps0']);
  expect(selection.status().selection).toMatchObject({ source: 'gps0', switchCount: 2 });
  const switches = logger.lines.filter(({ text }) => text.includes('another receiver'));
  expect(switches).toMatchObject([
    { level: 'warn', fields: { device: 'nav', source: 'gps1', from: 'gps0', condition: 'silent' } },
    { level: 'warn', fields: { device: 'nav', source: 'gps0', from: 'gps1', condition: 'valid' } },
  ]);
  const told = publisher.events('status/devices/nav').map((event) => Object(event).data.selection.source);
  expect(told.filter((source, index) => source !== told[index - 1])).toEqual(['gps0', 'gps1', 'gps0']);
});

it('publishes nothing of a receiver without a fix while the other has one', async () => {
  await using stack = new AsyncDisposableStack();
  await open(stack);
  await play('vvvxxxxxx', 'vvvvvvvvv');
  expect(published().every(({ valid }) => valid)).toBe(true);
  expect(runs()).toEqual(['gps0', 'gps1']);
});

it('says that there is no fix when no receiver has one, and that all are silent', async () => {
  await using stack = new AsyncDisposableStack();
  const selection = await open(stack);
  expect(selection.status().state).toBe('opening');
  await play('xxxx', 'xxxx');
  expect(published().length).toBeGreaterThan(1);
  expect(published().every(({ valid, latitude }) => valid === false && latitude === undefined)).toBe(true);
  await play('-'.repeat(12), '-'.repeat(12));
  expect(selection.status()).toMatchObject({ state: 'silent', selection: { conditions: { gps0: 'silent' } } });
  expect(publisher.events('status/devices/nav').at(-1)).toMatchObject({ data: { state: 'silent' } });
  expect(publisher.messages.filter(({ topic }) => topic === 'status/devices/nav').every((m) => m.isRetained)).toBe(
    true,
  );
});

it('skips and counts while the broker does not answer [P3]', async () => {
  await using stack = new AsyncDisposableStack();
  const selection = await open(stack);
  publisher.stall();
  const position = { device: 'gps0', isValid: true, time: { clock: 'gnss', time: '' }, data: {} } as const;
  for (let count = 0; count < MAX_UNANSWERED_PUBLISHES + 50; count++) positions.tell(position);
  expect(selection.status()).toMatchObject({
    publishedCount: MAX_UNANSWERED_PUBLISHES,
    rejections: { 'broker-busy': 50 },
  });
  publisher.answer();
  positions.tell(position);
  expect(selection.status().publishedCount).toBe(MAX_UNANSWERED_PUBLISHES + 1);
  publisher.answer();
});
