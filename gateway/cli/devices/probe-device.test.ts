import { expect, it } from 'vitest';
import { formatReport } from './probe-device.ts';

it('tells a person what a receiver says, and what to configure', () => {
  const epoch = {
    mode: '3d',
    isModeStated: true,
    latitudeDeg: 48.1173,
    longitudeDeg: 11.516667,
    satellitesUsed: 8,
    hdop: 0.9,
  } as const;
  const report = formatReport({
    ...{ path: '/dev/ttyACM0', kind: 'gnss', baud: 38_400, listenedMs: 5000 },
    messages: { GPRMC: 25, 'UBX-NAV-PVT': 5 },
    protocols: { nmea0183: 25, ubx: 5 },
    epoch: { ...epoch, unixMs: Date.UTC(2026, 10, 20, 12) },
    version: ['ROM CORE 3.01', 'PROTVER=18.00'],
    entry: '- { id: gps0, type: gnss, path: /dev/serial/by-id/gps }',
  });
  expect(report).toBe(`/dev/ttyACM0: a satellite receiver at 38400 baud, NMEA 0183 and UBX

ROM CORE 3.01, PROTVER=18.00

fix 3d at 48.117300, 11.516667, 8 satellites, HDOP 0.9, 2026-11-20T12:00:00.000Z

message      count  per second
GPRMC           25  5.0
UBX-NAV-PVT      5  1.0

Under devices in the configuration:

  - { id: gps0, type: gnss, path: /dev/serial/by-id/gps }
`);
});

it('says what is missing of a fix', () => {
  const about = { path: '/dev/gps', kind: 'gnss', baud: 9600, listenedMs: 5000, messages: {}, protocols: {} } as const;
  expect(formatReport(about)).toContain('no epoch');
  expect(formatReport({ ...about, device: 'gps0', epoch: { mode: 'none', isModeStated: true } })).toContain(
    'no fix; no date yet',
  );
});

it('warns of a wrong bit rate for a CAN adapter', () => {
  const about = {
    path: '/dev/can',
    kind: 'slcan',
    baud: 115_200,
    listenedMs: 5000,
    messages: {},
    protocols: {},
  } as const;
  expect(formatReport({ ...about, entry: '- { id: can0 }' })).toContain('Set bitrate to that of the bus');
});
