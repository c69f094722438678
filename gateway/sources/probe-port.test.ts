import { beforeEach, describe, expect, it } from 'vitest';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { encodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { type FakeDevice, FakeSerialPorts } from './fake-serial-ports.ts';
import { PROBE_LISTEN_MS, type ProbeResult, probePort } from './probe-port.ts';

const PATH = '/dev/ttyUSB0';
const LIMIT_MS = 40_000;

let clock: FakeClock;
let bench: FakeSerialPorts;
let device: FakeDevice;
beforeEach(() => {
  clock = new FakeClock();
  bench = new FakeSerialPorts();
  device = bench.plug(PATH);
});

function sentence(type: string, ...fields: string[]): Buffer {
  return Buffer.from(`${encodeNmeaSentence({ talker: 'GP', type, fields })}\r\n`);
}

function epoch(second: number): Buffer {
  const time = `1200${String(second % 60).padStart(2, '0')}.00`;
  const place = ['4807.038', 'N', '01131.000', 'E'];
  return Buffer.concat([
    sentence('RMC', time, 'A', ...place, '10.0', '084.4', '201126', '', ''),
    sentence('GGA', time, ...place, '1', '08', '0.9', '545.4', 'M', '46.9', 'M', '', ''),
  ]);
}

/** Probes while `speak` says something each second; answers come when something was written. */
async function probe(speak: (second: number) => void, isAsking = false, end = new AbortController()) {
  const settings = { path: PATH, limitMs: LIMIT_MS, isAsking, openLink: bench.open, clock, signal: end.signal };
  let outcome: { readonly result?: ProbeResult | undefined; readonly error?: unknown } | undefined;
  probePort(settings).then(
    (result) => {
      outcome = { result };
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  await clock.advance(0);
  for (let second = 0; outcome === undefined && second < 120; second++) {
    speak(second);
    await clock.advance(1000);
  }
  expect(device.isOpen).toBe(false);
  if (outcome?.error !== undefined) throw outcome.error;
  return outcome?.result;
}

describe('probePort', () => {
  it('says what a receiver is, and writes nothing to it', async () => {
    device.ownBaud = 115_200;
    const result = await probe((second) => device.send(epoch(second)));
    expect(result).toMatchObject({
      kind: 'gnss',
      baud: 115_200,
      listenedMs: PROBE_LISTEN_MS,
      messages: { GPRMC: expect.any(Number), GPGGA: expect.any(Number) },
      protocols: { nmea0183: expect.any(Number) },
      epoch: { mode: '3d', latitudeDeg: expect.closeTo(48.1173, 6), satellitesUsed: 8 },
    });
    expect(result?.messages['GPRMC']).toBeLessThanOrEqual(6);
    expect(result).not.toHaveProperty('version');
    expect(device.written).toEqual([]);
  });

  it('knows a CAN adapter by its frames', async () => {
    device.ownBaud = 38_400;
    const result = await probe(() => device.send('t1232AABB\rt4561CC\r'));
    expect(result).toMatchObject({ kind: 'slcan', baud: 38_400, protocols: { slcan: expect.any(Number) } });
    expect(result).not.toHaveProperty('epoch');
  });

  it('asks a CAN adapter that is closed for its version, when it may', async () => {
    device.ownBaud = 115_200;
    let answered = 0;
    const answer = () => {
      const isAsked = device.baud === 115_200 && device.written.slice(answered).some((text) => text.includes('V\r'));
      answered = device.written.length;
      if (isAsked) device.send('\r\rV1013\r');
    };
    expect(await probe(answer, true)).toMatchObject({ kind: 'slcan', baud: 115_200, version: ['1013'] });
    await expect(probe(answer)).rejects.toMatchObject({ code: 'port.silent' });
  });

  it('asks a receiver for its version, when it may', async () => {
    let answered = 0;
    const version = { softwareVersion: 'ROM CORE 3.01', hardwareVersion: '00080000', extensions: ['PROTVER=18.00'] };
    const result = await probe((second) => {
      const isAsked = device.written.slice(answered).some((text) => text.startsWith('\xb5b\x0a\x04'));
      answered = device.written.length;
      if (isAsked) device.send(encodeUbxMessage({ type: 'MON-VER', ...version }));
      device.send(epoch(second));
    }, true);
    expect(result).toMatchObject({ kind: 'gnss', version: ['ROM CORE 3.01', '00080000', 'PROTVER=18.00'] });
  });

  it('fails on a port where nothing comes, on one where no message does, and on one that goes away', async () => {
    await expect(probe(() => {})).rejects.toMatchObject({ code: 'port.silent', exitCode: 1 });
    await expect(probe(() => device.send('noise'))).rejects.toMatchObject({
      code: 'port.unintelligible',
      message: expect.stringMatching(/\d+ bytes came, and at no rate a whole message/),
    });
    const listener = () => device.listener?.onClosed(new Error('bad file descriptor'));
    await expect(probe(listener)).rejects.toMatchObject({ code: 'port.failed' });
  });

  it('ends without a word when it is told to', async () => {
    const end = new AbortController();
    const result = await probe((second) => second === 3 && end.abort(), false, end);
    expect(result).toBeUndefined();
    expect(clock.timerCount).toBe(0);
  });
});
