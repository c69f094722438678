import { beforeEach, describe, expect, it } from 'vitest';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
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
