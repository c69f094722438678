import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#gateway/runtime/clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { MAX_REQUEST_CHARS } from './gpsd-client.ts';
import { parseGpsdCommand } from './gpsd-command.ts';
import { composeTpv, gpsdReports } from './gpsd-report.ts';
import { type GpsdServer, MAX_CLIENTS, openGpsdServer } from './gpsd-server.ts';
import { sampleReport } from './sample-report.ts';

const SKY = [
  { system: 'gps', id: 7, elevationDeg: 45, azimuthDeg: 360, signalDbHz: 41, isUsed: true },
  { system: 'glonass', id: 3, isUsed: false },
  { system: 'galileo', id: 12, elevationDeg: 10, azimuthDeg: 20, isUsed: false },
] as const;
const WITH_SKY = sampleReport({ epoch: { ...sampleReport().epoch, sky: SKY } });
const WATCH = '?WATCH={"enable":true,"json":true};\n';

let server: GpsdServer;
let sockets: Socket[];
beforeEach(async () => {
  sockets = [];
  const options = { host: '127.0.0.1', port: 0, version: '1.2.3', clock: systemClock, logger: new MemoryLogger() };
  server = await openGpsdServer(options);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  for (const socket of sockets) socket.destroy();
});

/** A client, and the messages that it has been sent. */
async function open() {
  const socket = connect(server.status().port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const messages = (): Record<string, unknown>[] =>
    text
      .split('\r\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const classes = () => messages().map((message) => message['class']);
  return { socket, messages, classes };
}

describe('gpsdReports', () => {
  it('states position and motion in the units of gpsd, and leaves out what is not known', () => {
    const [tpv] = gpsdReports(sampleReport(), 0);
    expect(JSON.parse(JSON.stringify(tpv))).toEqual({
      ...{
        class: 'TPV',
        device: '/dev/gps',
        time: '2026-11-21T12:00:00.000Z',
        mode: 3,
        lat: 48.137154,
        lon: 11.576124,
      },
      ...{ altHAE: 566.7, altMSL: 519.2, alt: 519.2, track: 271.25, speed: 13.5, climb: -0.5 },
    });
  });

  it('knows no position that the gate refused, and no time that is not trusted [S2]', () => {
    const { trustedUnixMs: _, ...untimed } = sampleReport({ isGood: false });
    expect(composeTpv(untimed)).toEqual({ class: 'TPV', device: '/dev/gps', mode: 1 });
    expect(gpsdReports(untimed, 0)).toHaveLength(1);
  });

  it('numbers satellites as gpsd does', () => {
    const [, sky] = gpsdReports(WITH_SKY, 0);
    expect(sky).toMatchObject({
      ...{ class: 'SKY', hdop: 0.9, nSat: 3, uSat: 1 },
      satellites: [
        { PRN: 7, gnssid: 0, svid: 7, el: 45, az: 0, ss: 41, used: true },
        { PRN: 67, gnssid: 6, svid: 3, used: false },
        { PRN: 312, gnssid: 2, svid: 12, used: false },
      ],
    });
  });

  it('says how far the host is from the receiver', () => {
    const trustedUnixMs = Date.UTC(2026, 10, 21, 12) + 250;
    expect(gpsdReports(sampleReport({ trustedUnixMs }), trustedUnixMs - 1_500).at(-1)).toEqual({
      ...{ class: 'TOFF', device: '/dev/gps', real_sec: 1_795_262_400, real_nsec: 250_000_000 },
      ...{ clock_sec: 1_795_262_398, clock_nsec: 750_000_000 },
    });
  });
});

describe('parseGpsdCommand', () => {
  it.each([
    ['?VERSION', { kind: 'version' }],
    ['?DEVICES', { kind: 'devices' }],
    ['?POLL', { kind: 'poll' }],
    ['?WATCH', { kind: 'watch' }],
    [
      '?WATCH={"enable":true,"json":true,"device":"/dev/a"}',
      { kind: 'watch', isEnabled: true, isJson: true, device: '/dev/a' },
    ],
    ['?WATCH={"enable":"yes"}', { kind: 'watch' }],
    ['?WATCH={"enable":', { kind: 'unknown', text: '?WATCH={"enable":' }],
    ['?WATCH=[1]', { kind: 'unknown', text: '?WATCH=[1]' }],
    ['?DEVICE={"path":"/dev/a","bps":4800}', { kind: 'unknown', text: '?DEVICE={"path":"/dev/a","bps":4800}' }],
    ['?toString', { kind: 'unknown', text: '?toString' }],
    ['GET / HTTP/1.1', { kind: 'unknown', text: 'GET / HTTP/1.1' }],
  ])('reads %s', (text, expected) => {
    expect(parseGpsdCommand(text)).toEqual(expected);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.json(), (text, json) => {
        parseGpsdCommand(text);
        expect(parseGpsdCommand(`?WATCH=${json}`).kind).toMatch(/^(watch|unknown)$/);
      }),
    );
  });
});

describe('GpsdServer', () => {
  it('greets, answers, and tells those who watch', async () => {
    server.take(WITH_SKY);
    const { socket, messages, classes } = await open();
    socket.write(WATCH);
    await expect.poll(classes).toEqual(['VERSION', 'DEVICES', 'WATCH']);
    expect(messages()).toMatchObject([
      { release: '1.2.3', proto_major: 3 },
      { devices: [{ class: 'DEVICE', path: '/dev/gps' }] },
      { enable: true, json: true, nmea: false },
    ]);
    server.take(WITH_SKY);
    server.take(sampleReport({ path: '/dev/other' }));
    await expect.poll(() => classes().slice(3)).toEqual(['TPV', 'SKY', 'TOFF', 'DEVICE', 'TPV', 'TOFF']);
    socket.write('?POLL;?VERSION;\n?FROB;\n');
    await expect.poll(() => classes().slice(9)).toEqual(['POLL', 'VERSION', 'ERROR']);
    expect(messages()[9]).toMatchObject({ active: 2, tpv: [{ mode: 3 }, {}], sky: [{ nSat: 3 }] });
    socket.write('?WATCH={"enable":false}\n');
    await expect.poll(() => messages().at(-1)).toMatchObject({ class: 'WATCH', enable: false });
    const before = messages().length;
    server.take(WITH_SKY);
    socket.write('?DEVICES;');
    await expect.poll(classes).toHaveLength(before + 1);
  });

  it('tells of one receiver who asked for one', async () => {
    const { socket, messages, classes } = await open();
    socket.write('?WATCH={"enable":true,"device":"/dev/other"}\n');
    await expect.poll(classes).toContain('WATCH');
    server.take(sampleReport());
    server.take(sampleReport({ path: '/dev/other' }));
    await expect.poll(() => messages().slice(3)).toMatchObject([{ path: '/dev/other' }, { device: '/dev/other' }, {}]);
  });

  it('lets go of who talks too much or in no words, and of nobody else [P3]', async () => {
    const good = await open();
    good.socket.write(WATCH);
    for (const noise of ['x'.repeat(MAX_REQUEST_CHARS + 1), `?WATCH=${'['.repeat(MAX_REQUEST_CHARS)}\n`]) {
      const { socket } = await open();
      const closed = once(socket, 'close');
      socket.write(noise);
      await closed;
    }
    expect(server.status()).toMatchObject({ clientCount: 1, droppedClientCount: 2 });
    server.take(sampleReport());
    await expect.poll(good.classes).toContain('TPV');
  });

  it('lets go of who does not read, and tells the others [P3]', async () => {
    const [slow, good] = [await open(), await open()];
    for (const { socket } of [slow, good]) socket.write(WATCH);
    await expect.poll(slow.classes).toContain('WATCH');
    slow.socket.pause();
    const manySatellites = Array.from({ length: 2000 }, (_, id) => ({ ...SKY[0], id }));
    const large = sampleReport({ epoch: { ...sampleReport().epoch, sky: manySatellites } });
    for (let round = 0; round < 200 && server.status().clientCount === 2; round++) {
      server.take(large);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(server.status()).toMatchObject({ clientCount: 1, droppedClientCount: 1 });
    await expect.poll(good.classes).toContain('TPV');
  });

  it(`takes ${MAX_CLIENTS} clients and no more [P3]`, async () => {
    for (let count = 0; count < MAX_CLIENTS; count++) await open();
    await expect.poll(() => server.status().clientCount).toBe(MAX_CLIENTS);
    const { socket } = await open();
    if (!socket.closed) await once(socket, 'close');
    expect(server.status()).toMatchObject({ clientCount: MAX_CLIENTS, droppedClientCount: 1 });
  });

  it('says that its port is taken, and goes on [P2]', async () => {
    const { port } = server.status();
    const logger = new MemoryLogger();
    await using second = await openGpsdServer({ host: '127.0.0.1', port, version: '1', clock: systemClock, logger });
    expect(second.status()).toMatchObject({ port, isListening: false });
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { error: { code: 'listener.portInUse' } } }]);
    second.take(sampleReport());
  });
});
