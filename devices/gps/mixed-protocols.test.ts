import { describe, expect, it } from 'vitest';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import type { UbxMessage } from '#devices/ubx/ubx-message.ts';
import { encodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import { FIRST_CONFIRMATIONS } from './cycle-memory.ts';
import { type EpochFacts, sayEpoch } from './fake-receiver.ts';
import { gpsMoment, sayUbxEpoch } from './fake-ubx-receiver.ts';
import { GnssDecoder } from './gnss-decoder.ts';

const DAY_MS = 86_400_000;
const TODAY = Date.UTC(2026, 10, 20);

type Type = UbxMessage['type'];

/** Facts of a Unix time. */
function at(unixMs: number, facts: Partial<EpochFacts> = {}): EpochFacts {
  const timeOfDayMs = unixMs % DAY_MS;
  return { timeOfDayMs, dateUnixMs: unixMs - timeOfDayMs, mode: '3d', ...facts };
}

const ubx = (unixMs: number, types: readonly Type[], facts: EpochFacts = at(unixMs)) =>
  sayUbxEpoch(facts, gpsMoment(unixMs), types);
const nmea = (unixMs: number, addresses: readonly string[], facts: EpochFacts = at(unixMs)) =>
  Buffer.from(
    sayEpoch(facts, addresses)
      .map((line) => `${line}\r\n`)
      .join(''),
    'latin1',
  );

function decode(...parts: readonly Uint8Array[]) {
  const decoder = new GnssDecoder();
  return [...decoder.push(Buffer.concat(parts)), ...decoder.flush()];
}

const NOON = TODAY + DAY_MS / 2;
const SECONDS = [0, 1, 2, 3].map((second) => NOON + second * 1000);

describe('UBX', () => {
  it('has an epoch from NAV-PVT, NAV-DOP and NAV-STATUS', () => {
    expect(decode(ubx(NOON, ['NAV-DOP', 'NAV-PVT', 'NAV-STATUS', 'NAV-EOE']))).toEqual([
      {
        unixMs: NOON,
        timeOfDayMs: DAY_MS / 2,
        isTimeResolved: true,
        mode: '3d',
        isModeStated: true,
        latitudeDeg: 48.137154,
        longitudeDeg: 11.576124,
        altitudeMslM: 519.2,
        altitudeHaeM: 566.7,
        speedMps: 13.5,
        headingDeg: 90,
        climbMps: 0.5,
        horizontalAccuracyM: 1.5,
        verticalAccuracyM: 2.5,
        speedAccuracyMps: 0.2,
        hdop: 0.7,
        pdop: 1.3,
        vdop: 1.1,
        satellitesUsed: 17,
        method: 'autonomous',
      },
    ]);
  });

  it.each([
    ['in 2016, of 17 leap seconds', Date.UTC(2016, 5, 1, 12), 17],
    ['in 2011, of 15', Date.UTC(2011, 5, 1, 12), 15],
  ])('is of the epoch of its sentences also %s', (_title, startMs, leapSeconds) => {
    const parts = [0, 1, 2, 3].map((index) => {
      const unixMs = startMs + index * 1000;
      const sol = sayUbxEpoch(at(unixMs), gpsMoment(unixMs - (18 - leapSeconds) * 1000), ['NAV-SOL']);
      return Buffer.concat([sol, nmea(unixMs, ['GNRMC'])]);
    });
    expect(decode(...parts)).toMatchObject(
      [0, 1, 2, 3].map((index) => ({ unixMs: startMs + index * 1000, satellitesUsed: 9 })),
    );
  });

  it('has no time by a time of week that is beyond its week [S5]', () => {
    const moment = { week: 2445, itowMs: 0xffff_fff0 };
    const [epoch] = decode(sayUbxEpoch(at(NOON), moment, ['NAV-SOL', 'NAV-TIMEGPS']));
    expect(epoch).toMatchObject({ mode: '3d', latitudeDeg: expect.closeTo(48.137154, 7) });
    expect(epoch).not.toHaveProperty('unixMs');
    expect(epoch).not.toHaveProperty('timeOfDayMs');
  });

  it.each([-128, -1, 31, 127])('does not believe in %i leap seconds [S5]', (leapSeconds) => {
    const change = { announcedChangeS: undefined, timeToChangeS: undefined, changeWeek: undefined };
    const sources = { leapSecondSource: 2, announcementSource: 0, changeDay: undefined };
    const absurd = encodeUbxMessage({ type: 'NAV-TIMELS', itowMs: 0, leapSeconds, ...change, ...sources });
    const [epoch] = decode(absurd, ubx(NOON, ['NAV-SOL']));
    expect(epoch).toMatchObject({ unixMs: NOON, isTimeResolved: false });
  });

  it('gives an epoch out at its NAV-EOE', () => {
    const decoder = new GnssDecoder();
    expect(decoder.push(ubx(NOON, ['NAV-PVT', 'NAV-DOP']))).toEqual([]);
    expect(decoder.push(ubx(NOON, ['NAV-EOE']))).toHaveLength(1);
  });

  it.each<[title: string, types: Type[], expected: object]>([
    ['NAV-SOL alone, leap seconds as announced', ['NAV-SOL'], { isTimeResolved: false, satellitesUsed: 9 }],
    ['NAV-SOL, leap seconds as stated', ['NAV-SOL', 'NAV-TIMEGPS'], { isTimeResolved: true }],
    [
      'NAV-POSLLH that NAV-STATUS vouches for',
      ['NAV-POSLLH', 'NAV-STATUS', 'NAV-DOP', 'NAV-VELNED', 'NAV-TIMEUTC'],
      { isTimeResolved: true, altitudeMslM: 519.2, horizontalAccuracyM: 1.5, climbMps: 0.5 },
    ],
    [
      'all that an Antaris says',
      ['NAV-POSLLH', 'NAV-STATUS', 'NAV-DOP', 'NAV-SOL', 'NAV-VELNED', 'NAV-TIMEGPS', 'NAV-TIMEUTC'],
      { isTimeResolved: true, altitudeMslM: 519.2, hdop: 0.7 },
    ],
  ])('has an epoch per time of week before NAV-PVT: %s', (_title, types, expected) => {
    const epochs = decode(...SECONDS.map((unixMs) => ubx(unixMs, types)));
    const stated = {
      mode: '3d',
      latitudeDeg: expect.closeTo(48.137154, 7),
      longitudeDeg: expect.closeTo(11.576124, 7),
      altitudeHaeM: expect.closeTo(566.7, 1),
      speedMps: expect.closeTo(13.5, 1),
      headingDeg: expect.closeTo(90, 1),
      ...expected,
    };
    expect(epochs).toMatchObject(SECONDS.map((unixMs) => ({ unixMs, ...stated })));
  });

  it.each<[types: Type[]]>([
    [['NAV-PVT']],
    [['NAV-SOL']],
    [['NAV-POSLLH', 'NAV-STATUS', 'NAV-VELNED']],
    [['NAV-SOL', 'NAV-POSLLH', 'NAV-VELNED']],
  ])('has no fix that the receiver does not vouch for: %s [S2]', (types) => {
    const [epoch, ...more] = decode(ubx(NOON, types, at(NOON, { mode: 'none' })));
    expect(more).toEqual([]);
    expect(epoch).toMatchObject({ mode: 'none' });
    for (const field of ['latitudeDeg', 'altitudeHaeM', 'speedMps', 'climbMps', 'horizontalAccuracyM']) {
      expect(epoch).not.toHaveProperty(field);
    }
  });

  it('has no fix that is outside the limits of the receiver: gnssFixOK [S2]', () => {
    const status = encodeUbxMessage({
      type: 'NAV-STATUS',
      itowMs: gpsMoment(NOON).itowMs,
      fixType: '3d',
      isFixOk: false,
      isDifferential: false,
      isWeekValid: true,
      isTowValid: true,
      carrierSolution: 'none',
      spoofing: 'unknown',
      timeToFirstFixMs: 0,
      uptimeMs: 0,
    });
    expect(decode(status, ubx(NOON, ['NAV-POSLLH']))).toMatchObject([{ mode: 'none' }]);
  });

  it('has no epoch from NAV-POSLLH that nothing vouches for [S2]', () => {
    expect(decode(ubx(NOON, ['NAV-POSLLH', 'NAV-VELNED', 'NAV-TIMEUTC']))).toEqual([]);
  });

  it('has a second for 23:59:60 and one after it', () => {
    const facts = [DAY_MS - 1000, DAY_MS].map(
      (timeOfDayMs): EpochFacts => ({ timeOfDayMs, dateUnixMs: TODAY, mode: '3d' }),
    );
    const next: EpochFacts = { timeOfDayMs: 0, dateUnixMs: TODAY + DAY_MS, mode: '3d' };
    const { itowMs, week } = gpsMoment(TODAY);
    const bytes = [...facts, next].map((fact, index) =>
      sayUbxEpoch(fact, { week, itowMs: itowMs + index * 1000 }, ['NAV-PVT', 'NAV-DOP']),
    );
    expect(decode(...bytes).map(({ timeOfDayMs }) => timeOfDayMs)).toEqual([DAY_MS - 1000, DAY_MS, 0]);
  });
});

describe('NMEA and UBX of one receiver', () => {
  it.each<[title: string, types: Type[], addresses: string[]]>([
    ['UBX first', ['NAV-PVT', 'NAV-DOP'], ['GNRMC', 'GNGGA', 'GNGSA']],
    ['GSA first', ['NAV-DOP', 'NAV-PVT'], ['GNGSA', 'GNGGA', 'GNVTG']],
  ])('are one epoch per time, with the better of both: %s', (_title, types, addresses) => {
    const epochs = decode(...SECONDS.flatMap((unixMs) => [ubx(unixMs, types), nmea(unixMs, addresses)]));
    const better = { satellitesUsed: 17, headingDeg: 90, geoidSeparationM: 47.5, horizontalAccuracyM: 1.5, hdop: 0.7 };
    expect(epochs).toMatchObject(SECONDS.map((unixMs) => ({ unixMs, ...better })));
    expect(epochs).toHaveLength(SECONDS.length);
  });

  it.each([
    [-3, 0, ['GNRMC', 'GNGGA']],
    [4, 0, ['GNRMC', 'GNGGA']],
    [-4, -10, ['GNRMC', 'GNGGA']],
    [2, -10, ['GNGGA']],
  ])('are one epoch though UBX is %d ms and NMEA %d ms off, over midnight too', (ubxMs, nmeaMs, addresses) => {
    const midnight = TODAY + DAY_MS;
    const times = [-2000, -1000, 0, 1000, 2000].map((ms) => midnight + ms);
    for (const isNmeaFirst of [true, false]) {
      const epochs = decode(
        ...times.flatMap((unixMs) => {
          const sentences = nmea(unixMs, addresses, at(unixMs + nmeaMs));
          const messages = ubx(unixMs, ['NAV-PVT', 'NAV-DOP'], at(unixMs + ubxMs));
          return isNmeaFirst ? [sentences, messages] : [messages, sentences];
        }),
      );
      expect(epochs.map(({ unixMs }) => unixMs)).toEqual(times.map((unixMs) => unixMs + ubxMs));
    }
  });

  it('give a fix only if both do [S2]', () => {
    const lost = nmea(NOON, ['GNRMC'], at(NOON, { mode: 'none' }));
    expect(decode(ubx(NOON, ['NAV-PVT']), lost)).toMatchObject([{ mode: 'none' }]);
  });

  it('are given out without waiting once their cycle is known', () => {
    const decoder = new GnssDecoder();
    const say = (unixMs: number) => [ubx(unixMs, ['NAV-PVT']), nmea(unixMs, ['GNRMC', 'GNGGA'])];
    for (let index = 0; index <= FIRST_CONFIRMATIONS; index++) {
      decoder.push(Buffer.concat(say(NOON + index * 1000)));
    }
    expect(decoder.push(Buffer.concat(say(NOON + 60_000)))).toHaveLength(1);
  });
});

describe('what goes with an epoch', () => {
  const line = (text: string) => Buffer.from(`${text}\r\n`, 'latin1');

  it('is the latest true heading, which is no course', () => {
    const epochs = decode(
      line(encodeNmeaSentence({ talker: 'HE', type: 'HDT', fields: ['271.5', 'T'] })),
      nmea(NOON, ['GPGGA']),
      nmea(NOON + 1000, ['GPGGA']),
    );
    expect(epochs[0]).toMatchObject({ trueHeadingDeg: 271.5 });
    expect(epochs[0]).not.toHaveProperty('headingDeg');
    expect(epochs[1]).not.toHaveProperty('trueHeadingDeg');
  });

  it('is a sky of all systems once it is complete, and none if a page was lost', () => {
    const gsv = (talker: string, ...fields: string[]) => line(encodeNmeaSentence({ talker, type: 'GSV', fields }));
    const pages = [
      gsv(
        'GP',
        '2',
        '1',
        '5',
        '02',
        '40',
        '083',
        '46',
        '05',
        '17',
        '308',
        '41',
        '12',
        '07',
        '344',
        '',
        '14',
        '22',
        '228',
        '45',
      ),
      gsv('GP', '2', '2', '5', '19', '62', '118', '44'),
      gsv('GL', '1', '1', '1', '65', '70', '051', '39'),
    ];
    const used = nmea(NOON, ['GPGSA']);
    const views = (lost: number) =>
      decode(
        ...SECONDS.flatMap((unixMs, index) => [
          nmea(unixMs, ['GPGGA']),
          used,
          ...pages.filter((_, page) => index > 0 || page !== lost),
        ]),
      ).flatMap(({ sky, satellitesVisible }) => (sky === undefined ? [] : [{ sky, satellitesVisible }]));
    expect(views(-1)).toHaveLength(3);
    expect([0, 1].map((lost) => views(lost).length)).toEqual([2, 2]);
    const [view] = views(-1);
    expect(view?.satellitesVisible).toBe(6);
    expect(view?.sky).toContainEqual({
      system: 'gps',
      id: 2,
      elevationDeg: 40,
      azimuthDeg: 83,
      signalDbHz: 46,
      isUsed: true,
    });
    expect(view?.sky).toContainEqual({ system: 'gps', id: 12, elevationDeg: 7, azimuthDeg: 344, isUsed: false });
    expect(view?.sky).toContainEqual({
      system: 'glonass',
      id: 1,
      elevationDeg: 70,
      azimuthDeg: 51,
      signalDbHz: 39,
      isUsed: false,
    });
  });

  it('is a state of the receiver that counts its changes', () => {
    const decoder = new GnssDecoder();
    const hardware = (jamming: 'ok' | 'critical') =>
      encodeUbxMessage({
        type: 'MON-HW',
        antenna: 'ok',
        antennaPower: 'on',
        jamming,
        jammingIndicator: 9,
        noisePerMs: 80,
        gain: 4000,
      });
    decoder.push(Buffer.concat([hardware('ok'), hardware('ok')]));
    expect([decoder.receiver.state, decoder.receiver.changeCount]).toEqual([
      { antenna: 'ok', antennaPower: 'on', jamming: 'ok' },
      1,
    ]);
    decoder.push(Buffer.concat([hardware('critical'), ubx(NOON, ['NAV-TIMEGPS'])]));
    expect(decoder.receiver.state).toMatchObject({ jamming: 'critical', leapSeconds: 18 });
    expect(decoder.receiver.changeCount).toBe(3);
  });
});
