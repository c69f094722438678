import { describe, expect, it } from 'vitest';
import { configurationRequests, VERSION_POLL } from '#devices/ubx/configuration-request.ts';
import { ANSWER_TIMEOUT_MS, MAX_ATTEMPTS } from '#devices/ubx/configure-receiver.ts';
import { encodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import type { ReceiverSetup } from '#gateway/model/receiver-setup.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { FakeDeviceMemory } from './fake-device-memory.ts';
import { FakePublisher } from './fake-publisher.ts';
import { FakeSerialPorts } from './fake-serial-ports.ts';
import { FakeTimekeeper } from './fake-timekeeper.ts';
import { openGnssSource } from './gnss-source.ts';
import { PositionFeed } from './position-feed.ts';

const PATH = '/dev/serial/by-id/gps';
const SETUP: ReceiverSetup = { port: 'uart1', rateHz: 5, messages: { 'NAV-PVT': 1 } };
const SENTENCE = '$GPGLL,,,,,,V,N*64\r\n';
const POLL = Buffer.from(VERSION_POLL).toString('latin1');
const FRAMES = configurationRequests(SETUP, 'keys').map(({ frame }) => Buffer.from(frame).toString('latin1'));
const VERSION = encodeUbxMessage({
  type: 'MON-VER',
  softwareVersion: 'EXT CORE 1.00',
  hardwareVersion: '00190000',
  extensions: ['PROTVER=27.31'],
});
const ack = (type: 'ACK-ACK' | 'ACK-NAK') => encodeUbxMessage({ type, messageClass: 0x06, messageId: 0x8a });

async function open(configure: ReceiverSetup | undefined) {
  const clock = new FakeClock();
  const bench = new FakeSerialPorts();
  const logger = new MemoryLogger();
  const device = bench.plug(PATH);
  const source = openGnssSource(
    { id: 'gps0', path: PATH, baud: 9600, ...(configure && { configure }) },
    {
      publisher: new FakePublisher(),
      clock,
      timekeeper: new FakeTimekeeper(clock),
      reportGnss: () => {},
      random: () => 0,
      memory: new FakeDeviceMemory(),
      positions: new PositionFeed(),
      logger,
      openLink: bench.open,
    },
  );
  await clock.advance(0);
  return { clock, bench, device, logger, source };
}

describe('a receiver', () => {
  it('is never written to unless that is configured, whatever it says', async () => {
    const { clock, device, source } = await open(undefined);
    await using _ = source;
    for (const bytes of [SENTENCE, VERSION, ack('ACK-NAK'), SENTENCE]) {
      device.send(bytes);
      await clock.advance(15_000);
    }
    expect(device.written).toEqual([]);
  });

  it('is told what is configured once it has been understood, each setting after the answer to the one before', async () => {
    const { clock, device, logger, source } = await open(SETUP);
    await using _ = source;
    await clock.advance(1000);
    device.send('noise');
    expect(device.written).toEqual([]);
    device.send(SENTENCE);
    expect(device.written).toEqual([POLL]);
    device.send(VERSION);
    device.send(ack('ACK-ACK'));
    device.send(SENTENCE);
    device.send(ack('ACK-ACK'));
    await clock.advance(5_000);
    expect(device.written).toEqual([POLL, ...FRAMES]);
    expect(logger.lines.map(({ text }) => text)).toContain('The receiver is configured.');
  });

  it('that refuses a setting is told the others, and the log says so', async () => {
    const { device, logger, source } = await open(SETUP);
    await using _ = source;
    for (const bytes of [SENTENCE, VERSION, ack('ACK-NAK'), ack('ACK-ACK')]) device.send(bytes);
    expect(device.written).toEqual([POLL, ...FRAMES]);
    expect(logger.lines).toContainEqual(expect.objectContaining({ text: 'The receiver refused some settings.' }));
  });

  it('that does not answer is asked a few times, then left alone, and read on', async () => {
    const { clock, device, logger, source } = await open(SETUP);
    await using _ = source;
    for (let second = 0; second < 60; second++) {
      device.send(SENTENCE);
      await clock.advance(1000);
    }
    expect(device.written).toEqual(Array(MAX_ATTEMPTS).fill(POLL));
    expect(ANSWER_TIMEOUT_MS * MAX_ATTEMPTS).toBeLessThan(60_000);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ text: 'The receiver does not answer, so it is not configured.' }),
    );
    expect(source.status().messages).toMatchObject({ nmea0183: 60 });
  });

  it('is told again after it was pulled out, and after a silence', async () => {
    const { clock, bench, device, source } = await open(SETUP);
    await using _ = source;
    for (const bytes of [SENTENCE, VERSION, ack('ACK-ACK'), ack('ACK-ACK')]) device.send(bytes);
    await clock.advance(20_000);
    device.send(SENTENCE);
    expect(device.written).toEqual([POLL, ...FRAMES, POLL]);
    bench.unplug(PATH);
    const other = bench.plug(PATH);
    await clock.advance(20_000);
    other.send(SENTENCE);
    expect(other.written).toEqual([POLL]);
  });
});
