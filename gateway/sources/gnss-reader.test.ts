import { beforeEach, describe, expect, it } from 'vitest';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import type { MonHw } from '#devices/ubx/mon-hw.ts';
import type { NavPvt } from '#devices/ubx/nav-pvt.ts';
import { encodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import { DEFAULT_GNSS_QUALITY } from '#gateway/model/gnss-quality.ts';
import type { GnssReport } from '#gateway/model/gnss-report.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { FakeTimekeeper } from './fake-timekeeper.ts';
import { GnssReader, type GnssReading } from './gnss-reader.ts';
import { type FedPosition, PositionFeed } from './position-feed.ts';

interface Said {
  readonly mode?: '1' | '2' | '3';
  readonly north?: string;
  readonly hdop?: string;
  readonly satellites?: string;
  /** Day, month, year. */
  readonly date?: string;
  readonly quality?: string;
}

const PVT: NavPvt = {
  type: 'NAV-PVT',
  ...{ itowMs: 475_218_000, dateUnixMs: Date.UTC(2026, 10, 20), timeOfDayMs: 43_200_000 },
  ...{ isTimeResolved: true, isDateConfirmed: true, isTimeConfirmed: true, timeAccuracyNs: 25 },
  ...{ fixType: '3d', isFixOk: true, isDifferential: false, carrierSolution: 'none', satellitesUsed: 17, pdop: 1.15 },
  ...{ latitudeDeg: 48.1, longitudeDeg: 11.5, altitudeHaeM: 566, altitudeMslM: 519 },
  ...{ horizontalAccuracyM: 1.25, verticalAccuracyM: 2.3, speedAccuracyMps: 0.12, headingAccuracyDeg: 4.5 },
  ...{ velocityNorthMps: 1, velocityEastMps: 0, velocityDownMps: 0.25, speedMps: 1, headingDeg: 0 },
  ...{ vehicleHeadingDeg: undefined, magneticDeclinationDeg: 4.12, magneticDeclinationAccuracyDeg: 0.3 },
};
const HARDWARE: MonHw = {
  type: 'MON-HW',
  ...{ antenna: 'ok', antennaPower: 'on', jamming: 'ok', jammingIndicator: 9, noisePerMs: 80, gain: 4000 },
};

let clock: FakeClock;
let logger: MemoryLogger;
let events: { readonly name: string; readonly event: Readonly<Record<string, object | string>> }[];
let reports: GnssReport[];
let fed: FedPosition[];
let statusCount: number;
let reader: GnssReader;
let second: number;
beforeEach(() => {
  clock = new FakeClock();
  logger = new MemoryLogger();
  [events, reports, fed, statusCount, second] = [[], [], [], 0, 0];
  reader = open({});
});

function open(device: Partial<GnssReading>): GnssReader {
  const positions = new PositionFeed();
  positions.listen((position) => fed.push(position));
  const context = {
    timekeeper: new FakeTimekeeper(clock),
    reportGnss: (report: GnssReport) => void reports.push(report),
    positions,
    logger,
  };
  const send = (name: string, payload: Uint8Array) =>
    void events.push({ name, event: JSON.parse(Buffer.from(payload).toString()) });
  return new GnssReader({ id: 'gps0', path: '/dev/gps', ...device }, send, () => void statusCount++, context);
}

/** One epoch a second, on a road to the north. */
async function say(...epochs: readonly Said[]): Promise<void> {
  for (const said of epochs) {
    const { mode = '3', north = '4800.000', hdop = '0.9', satellites = '08', date = '201126', quality = '1' } = said;
    const time = `12${String(Math.floor(second / 60)).padStart(2, '0')}${String(second % 60).padStart(2, '0')}.00`;
    const place = [north, 'N', '01100.000', 'E'];
    const status = mode === '1' ? 'V' : 'A';
    const lines = [
      ['RMC', time, status, ...place, '10.0', '084.4', date, '', ''],
      ['GGA', time, ...place, mode === '1' ? '0' : quality, satellites, hdop, '545.4', 'M', '46.9', 'M', '', ''],
      ['GSA', 'A', mode, ...['01', '02', '03', '', '', '', '', '', '', '', '', ''], '1.5', hdop, '1.2'],
    ].map(([type = '', ...fields]) => encodeNmeaSentence({ talker: 'GP', type, fields }));
    reader.read(Buffer.from(`${lines.join('\r\n')}\r\n`));
    await clock.advance(1000);
    reader.flush();
    second++;
  }
}

const positions = () => events.filter(({ name }) => name === 'position').map(({ event }) => event);
const verdicts = () => positions().map(({ data }) => Object(data).reasons?.join() ?? 'valid');

describe('the gate', () => {
  it('lets nothing vanish: what is below is published with its reasons, and its place', async () => {
    await say({}, { mode: '2' }, { hdop: '9.9', satellites: '03' }, {});
    expect(verdicts()).toEqual(['valid', 'mode', 'hdop,satellites', 'valid']);
    expect(positions()[1]).toMatchObject({ data: { valid: false, reasons: ['mode'], latitude: 48, fix: '2d' } });
    expect(positions()[0]).toMatchObject({ data: { valid: true } });
    expect(positions()[0]?.['data']).not.toHaveProperty('reasons');
  });

  it('gives a void epoch no position [S2]', async () => {
    await say({ mode: '1' });
    expect(positions()).toMatchObject([{ data: { valid: false, reasons: ['mode'], fix: 'none' } }]);
    expect(positions()[0]?.['data']).not.toHaveProperty('latitude');
  });

  it('refuses a jump, believes what comes after it, and a place that is held', async () => {
    const far = { north: '4900.000' };
    await say({}, far, {}, far, far, far, far, far, far);
    expect(verdicts()).toEqual(['valid', 'jump', 'valid', 'jump', 'jump', 'jump', 'jump', 'valid', 'valid']);
  });

  it('lets dead reckoning pass, a simulator only when told to', async () => {
    await say({ quality: '6', satellites: '00', hdop: '99.9' }, { quality: '8' });
    expect(verdicts()).toEqual(['valid', 'method']);
    expect(positions()[0]).toMatchObject({ data: { method: 'estimated' } });
    reader = open({ quality: { ...DEFAULT_GNSS_QUALITY, methods: ['simulated'] } });
    await say({ quality: '8' });
    expect(verdicts().at(-1)).toBe('valid');
  });

  it('tells the gateway, the selections and the status', async () => {
    await say({}, { mode: '2' });
    expect(reports).toMatchObject([{ device: 'gps0', isGood: true }, { isGood: false }]);
    expect(reports[0]?.trustedUnixMs).toBe(Date.UTC(2026, 10, 20, 12));
    expect(reports[1]).not.toHaveProperty('trustedUnixMs');
    expect(fed).toMatchObject([
      { device: 'gps0', isValid: true, time: { clock: 'gnss' }, data: { latitude: 48 } },
      { isValid: false },
    ]);
    expect(reader.receiver()).toEqual({ isFixValid: false, fixFaults: ['mode'] });
  });
});

describe('a date before the release [S5]', () => {
  // 1,024 weeks before 20 November 2026.
  const rolledOver = { date: '060407' };

  it('is no time of an event and no anchor, and everybody is told', async () => {
    await say(rolledOver, rolledOver);
    const [first] = positions();
    expect(first).toMatchObject({ clock: 'none', boot: '0123456789abcdef', data: { valid: true, date: 'refused' } });
    expect(first).not.toHaveProperty('time');
    expect(reports.map(({ trustedUnixMs }) => trustedUnixMs)).toEqual([undefined, undefined]);
    expect(reader.receiver()).toEqual({ isFixValid: true, date: 'refused' });
    expect(statusCount).toBe(1);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { device: 'gps0' } }]);
  });

  it('is told again on request, and says by how much', async () => {
    reader = open({ weekRollover: 'correct' });
    await say(rolledOver);
    expect(positions()).toMatchObject([
      { time: '2026-11-20T12:00:00.000Z', clock: 'gnss', data: { date: 'corrected', weeksAdded: 1024 } },
    ]);
    expect(reports[0]?.trustedUnixMs).toBe(Date.UTC(2026, 10, 20, 12));
    expect(reader.receiver()).toEqual({ isFixValid: true, date: 'corrected', weeksAdded: 1024 });
  });

  it('is logged once an opening, however often it changes', async () => {
    await say(rolledOver, {}, rolledOver, {}, rolledOver);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
    expect(statusCount).toBe(5);
  });

  it('leaves a good date alone', async () => {
    await say({});
    expect(positions()[0]).toMatchObject({ time: '2026-11-20T12:00:00.000Z', clock: 'gnss' });
    expect(positions()[0]?.['data']).not.toHaveProperty('date');
    expect([statusCount, logger.lines]).toEqual([0, []]);
  });
});

describe('a receiver that speaks UBX', () => {
  it('states accuracies and climb, and is judged by its accuracy', async () => {
    reader.read(encodeUbxMessage(PVT));
    reader.flush();
    expect(positions()).toMatchObject([
      { time: '2026-11-20T12:00:00.000Z', data: { valid: true, horizontalAccuracyM: 1.25, verticalSpeedMps: -0.25 } },
    ]);
  });

  it('tells no time as long as it does not trust it itself [S5]', async () => {
    reader.read(encodeUbxMessage({ ...PVT, isTimeResolved: false }));
    reader.flush();
    expect(positions()).toMatchObject([{ clock: 'none', data: { valid: true, date: 'unresolved' } }]);
    expect(reports[0]).not.toHaveProperty('trustedUnixMs');
  });

  it.each(['ubx', 'nmea0183'] as const)(
    'begins when its first byte comes, however slowly the rest (%s)',
    async (protocol) => {
      const line = (fields: string[]) => `${encodeNmeaSentence({ talker: 'GP', type: 'RMC', fields })}\r\n`;
      const rmc = line(['120000.00', 'A', '4800.000', 'N', '01100.000', 'E', '10.0', '084.4', '201126', '', '']);
      const bytes = protocol === 'ubx' ? encodeUbxMessage(PVT) : Buffer.from(rmc);
      await clock.advance(1000);
      for (const byte of bytes) {
        reader.read(Uint8Array.of(byte));
        await clock.advance(2);
      }
      reader.flush();
      expect(reports.map(({ arrival }) => arrival.monotonicMs)).toEqual([1000]);
    },
  );

  it('says how it fares when that changes, not more often than every five seconds', async () => {
    const say = async (antenna: MonHw['antenna']) => {
      reader.read(encodeUbxMessage({ ...HARDWARE, antenna }));
      await clock.advance(1000);
    };
    await say('ok');
    for (const antenna of ['ok', 'open', 'ok', 'open', 'open', 'open', 'open'] as const) await say(antenna);
    const told = events.filter(({ name }) => name === 'receiver').map(({ event }) => event);
    expect(told).toMatchObject([
      { type: 'gnss.receiver', clock: 'system', data: { antenna: 'ok', antennaPower: 'on', jamming: 'ok' } },
      { data: { antenna: 'open' } },
    ]);
  });
});

describe('the sky', () => {
  const view = [['GSV', '1', '1', '03', '02', '45', '180', '42', '07', '10', '090', '', '03', '60', '010', '38']].map(
    ([type = '', ...fields]) => encodeNmeaSentence({ talker: 'GP', type, fields }),
  );

  const skies = () => events.filter(({ name }) => name === 'sky').map(({ event }) => event);

  async function see(seconds: number): Promise<void> {
    for (let count = 0; count < seconds; count++) {
      reader.read(Buffer.from(`${view.join('\r\n')}\r\n`));
      await say({});
    }
  }

  it('is published with its figures, at most every ten seconds', async () => {
    await see(25);
    expect(skies()).toHaveLength(3);
    expect(skies()[1]).toMatchObject({
      type: 'gnss.sky',
      clock: 'gnss',
      data: {
        ...{ satellitesVisible: 3, satellitesUsed: 2, meanSignalDbHz: 40 },
        satellites: expect.arrayContaining([
          { system: 'gps', id: 2, elevationDeg: 45, azimuthDeg: 180, signalDbHz: 42, used: true },
          { system: 'gps', id: 7, elevationDeg: 10, azimuthDeg: 90, used: false },
        ]),
      },
    });
  });

  it('is published as often as configured, or never', async () => {
    reader = open({ skyIntervalMs: 5000 });
    await see(13);
    expect(skies()).toHaveLength(3);
    reader = open({ skyIntervalMs: 0 });
    await see(11);
    expect(skies()).toHaveLength(3);
  });
});
