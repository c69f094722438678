import { describe, expect, it } from 'vitest';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { NAVIGATION_BY_CODE, type UbloxNavigation } from '#devices/nmea0183/pubx00.ts';
import { FIRST_CONFIRMATIONS } from './cycle-memory.ts';
import { type EpochFacts, sayEpoch } from './fake-receiver.ts';
import { GnssDecoder } from './gnss-decoder.ts';
import type { GnssEpoch } from './gnss-epoch.ts';

const DAY_MS = 86_400_000;
const TODAY = Date.UTC(2026, 10, 20);
const NOON_MS = DAY_MS / 2;
const U_BLOX = ['GNRMC', 'GNVTG', 'GNGGA', 'GNGSA', 'GNGSA', 'GNGLL'];

/** Seconds of a receiver's life from noon on. */
function second(index: number, facts: Partial<EpochFacts> = {}): EpochFacts {
  return { timeOfDayMs: NOON_MS + index * 1000, dateUnixMs: TODAY, mode: '3d', ...facts };
}

const wire = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1');

function decode(...lines: readonly string[]): readonly GnssEpoch[] {
  const decoder = new GnssDecoder();
  return [...decoder.push(wire(lines)), ...decoder.flush()];
}

describe('an epoch', () => {
  it('is all that the sentences of one time say', () => {
    const [epoch, ...more] = decode(...sayEpoch(second(0), ['GNRMC', 'GNVTG', 'GNGGA', 'GNGSA']));
    expect(more).toEqual([]);
    expect(epoch).toEqual({
      unixMs: TODAY + NOON_MS,
      timeOfDayMs: NOON_MS,
      mode: '3d',
      isModeStated: true,
      latitudeDeg: expect.closeTo(48.137154, 8),
      longitudeDeg: expect.closeTo(11.576124, 8),
      altitudeMslM: 519.2,
      altitudeHaeM: 566.7,
      geoidSeparationM: 47.5,
      speedMps: expect.closeTo(13.5, 3),
      headingDeg: 271.25,
      hdop: 0.9,
      pdop: 1.6,
      vdop: 1.3,
      satellitesUsed: 11,
      method: 'autonomous',
    });
  });

  it.each<[title: string, mode: '2d' | '3d', addresses: string[], expected: Partial<GnssEpoch>]>([
    ['3D by a GGA with an altitude, for want of a GSA', '3d', ['GPGGA'], { mode: '3d', isModeStated: false }],
    ['2D by a GGA without', '2d', ['GPGGA'], { mode: '2d', isModeStated: false }],
    ['2D by an RMC alone', '3d', ['GPRMC'], { mode: '2d', isModeStated: false }],
    ['3D by a GNS alone', '3d', ['GNGNS'], { mode: '3d', isModeStated: false }],
    ['2D by a GLL alone', '3d', ['GPGLL'], { mode: '2d', isModeStated: false }],
    ['what GSA states', '2d', ['GPRMC', 'GPGSA'], { mode: '2d', isModeStated: true }],
  ])('is %s', (_title, mode, addresses, expected) => {
    expect(decode(...sayEpoch(second(0, { mode }), addresses))).toMatchObject([expected]);
  });

  it.each<[navigation: UbloxNavigation, expected: Partial<GnssEpoch>]>([
    ['2d', { mode: '2d', isModeStated: true }],
    ['differential2d', { mode: '2d', isModeStated: true }],
    ['3d', { mode: '3d', isModeStated: true, altitudeHaeM: 566.7 }],
    ['differential3d', { mode: '3d', isModeStated: true, altitudeHaeM: 566.7 }],
    ['combined', { mode: '3d', isModeStated: false }],
  ])('is what PUBX,00 states: %s', (navigation, expected) => {
    const [, time = '', latitude = '', north = '', longitude = '', east = ''] = (
      sayEpoch(second(0), ['GPGGA'])[0] ?? ''
    ).split(',');
    const code = Object.entries(NAVIGATION_BY_CODE).find(([, name]) => name === navigation)?.[0] ?? '';
    const fields = ['00', time, latitude, north, longitude, east, '566.7', code, '2.1', '3.2', '36', '45'];
    const [epoch] = decode(encodeNmeaSentence({ talker: 'P', type: 'UBX', fields }));
    expect(epoch).toMatchObject(expected);
    if (expected.mode === '2d') expect(epoch).not.toHaveProperty('altitudeHaeM');
  });

  it('takes motion from VTG where there is no RMC', () => {
    const [epoch] = decode(...sayEpoch(second(0), ['GNGGA', 'GNVTG']));
    expect(epoch).toMatchObject({ speedMps: expect.closeTo(13.5, 3), headingDeg: 271.25 });
  });

  it('states no altitude in 2D, where a receiver only assumes one', () => {
    const gsa = sayEpoch(second(0, { mode: '2d' }), ['GPGSA']);
    const [epoch] = decode(...sayEpoch(second(0), ['GPGGA']), ...gsa);
    expect(epoch).toMatchObject({ mode: '2d' });
    expect(epoch).not.toHaveProperty('altitudeMslM');
  });

  it('has a mode even if the GSA of a system without satellites says none', () => {
    const idle = encodeNmeaSentence({ talker: 'GL', type: 'GSA', fields: ['A', '1'] });
    expect(decode(...sayEpoch(second(0), ['GNRMC', 'GPGSA']), idle)).toMatchObject([{ mode: '3d' }]);
  });
});

describe('a sentence without a time', () => {
  const gsa = (mode: '1' | '2' | '3') => encodeNmeaSentence({ talker: 'GN', type: 'GSA', fields: ['A', mode] });

  it('belongs to the epoch under way', () => {
    const [first, then] = [0, 1].map((index) => sayEpoch(second(index), ['GNGGA']));
    const epochs = decode(...(first ?? []), gsa('2'), ...(then ?? []), gsa('3'));
    expect(epochs).toMatchObject([{ mode: '2d' }, { mode: '3d' }]);
  });

  it('belongs to the next if it leads the cycle of its receiver', () => {
    const [first, then] = [0, 1].map((index) => sayEpoch(second(index), ['GNGGA']));
    const epochs = decode(gsa('2'), ...(first ?? []), gsa('3'), ...(then ?? []));
    expect(epochs).toMatchObject([{ mode: '2d' }, { mode: '3d' }]);
  });

  it('belongs to the epoch under way after all, if the next time is the same', () => {
    const [gga = '', rmc = ''] = sayEpoch(second(0), ['GNGGA', 'GNRMC']);
    expect(decode(gsa('1'), gga, gsa('3'), rmc)).toMatchObject([{ mode: '3d' }]);
  });
});

describe('a void or stale fix [S2]', () => {
  const MOVING_FIELDS = [
    'latitudeDeg',
    'longitudeDeg',
    'altitudeMslM',
    'altitudeHaeM',
    'speedMps',
    'headingDeg',
    'method',
  ];

  it.each([['GNRMC'], ['GNGGA'], ['GNGNS'], ['GNGLL']])(
    'is an epoch without position though %s repeats one',
    (address) => {
      const [epoch, ...more] = decode(...sayEpoch(second(0, { mode: 'none' }), [address]));
      expect(more).toEqual([]);
      expect(epoch).toMatchObject({ timeOfDayMs: NOON_MS, mode: 'none', isModeStated: true });
      for (const field of MOVING_FIELDS) expect(epoch).not.toHaveProperty(field);
    },
  );

  it.each([['GNRMC'], ['GNGGA'], ['GNGNS'], ['GNGLL'], ['GNGSA']])('is void if %s alone denies it', (address) => {
    const others = ['GNRMC', 'GNGGA', 'GNGNS', 'GNGLL', 'GNGSA'].filter((other) => other !== address);
    const denial = address === 'GNGSA' ? ['GNGSA', 'GNVTG'] : [address];
    const fix = address === 'GNGSA' ? others : others.filter((other) => other !== 'GNGSA');
    const lines = [...sayEpoch(second(0), fix), ...sayEpoch(second(0, { mode: 'none' }), denial)];
    expect(decode(...lines)).toMatchObject([{ mode: 'none' }]);
  });

  it('is no position if the sentence says neither', () => {
    const old = encodeNmeaSentence({
      talker: 'GP',
      type: 'GLL',
      fields: ['4807.0', 'N', '01131.0', 'E', '120000', ''],
    });
    expect(decode(old)).toEqual([]);
  });

  it('is no position if it comes of no satellite, unless another sentence vouches for it', () => {
    const [rmc = '', gga = ''] = sayEpoch(second(0), ['GPRMC', 'GPGGA']);
    const [, ...fields] = gga.slice(0, -3).split(',');
    const claim = encodeNmeaSentence({ talker: 'GP', type: 'GGA', fields: fields.with(6, '00') });
    const estimate = encodeNmeaSentence({ talker: 'GP', type: 'GGA', fields: fields.with(5, '6').with(6, '00') });
    expect(decode(claim)).toEqual([]);
    expect(decode(claim, rmc)).toMatchObject([{ latitudeDeg: expect.closeTo(48.137154, 6) }]);
    expect(decode(estimate)).toMatchObject([{ method: 'estimated' }]);
  });

  it('is an epoch even while the receiver does not know the time', () => {
    const cold = sayEpoch({ mode: 'none' }, U_BLOX);
    expect(decode(...cold, ...cold, ...cold)).toHaveLength(3);
  });
});

describe('time [S5]', () => {
  it('is unknown until a date was stated, and is never borrowed from the host', () => {
    const [first, dated] = decode(...sayEpoch(second(0), ['GPGGA']), ...sayEpoch(second(1), ['GPGGA', 'GPZDA']));
    expect(first).not.toHaveProperty('unixMs');
    expect(first).toMatchObject({ timeOfDayMs: NOON_MS });
    expect(dated).toMatchObject({ unixMs: TODAY + NOON_MS + 1000 });
  });

  it('goes on from a date that only an early ZDA stated, past midnight', () => {
    const seconds = [DAY_MS - 2000, DAY_MS - 1000, 0, 1000].map((timeOfDayMs) => second(0, { timeOfDayMs }));
    const lines = seconds.flatMap((facts, index) => sayEpoch(facts, index === 0 ? ['GPZDA', 'GPGGA'] : ['GPGGA']));
    const times = decode(...lines).map((epoch) => epoch.unixMs);
    expect(times).toEqual([-2000, -1000, 0, 1000].map((ms) => TODAY + DAY_MS + ms));
  });

  it('has the date that a ZDA with a time of its own stated', () => {
    const zda = sayEpoch(second(0, { timeOfDayMs: NOON_MS - 130 }), ['GPZDA']);
    expect(decode(...zda, ...sayEpoch(second(0), ['GPGGA']))).toMatchObject([{ unixMs: TODAY + NOON_MS }]);
  });

  it('is right in the epoch after midnight for which RMC still states yesterday', () => {
    const lines = [
      ...sayEpoch(second(0, { timeOfDayMs: DAY_MS - 1000 }), ['GPGGA', 'GPRMC']),
      ...sayEpoch(second(0, { timeOfDayMs: 0 }), ['GPGGA', 'GPRMC']),
      ...sayEpoch(second(0, { timeOfDayMs: 1000, dateUnixMs: TODAY + DAY_MS }), ['GPGGA', 'GPRMC']),
    ];
    const times = decode(...lines).map((epoch) => epoch.unixMs);
    expect(times).toEqual([-1000, 0, 1000].map((ms) => TODAY + DAY_MS + ms));
  });

  it('has an epoch for a leap second and one for the second after it, both of one Unix time', () => {
    const lines = [
      ...sayEpoch(second(0, { timeOfDayMs: DAY_MS - 1000 }), ['GPRMC']),
      ...sayEpoch(second(0, { timeOfDayMs: DAY_MS }), ['GPRMC']),
      ...sayEpoch(second(0, { timeOfDayMs: 0, dateUnixMs: TODAY + DAY_MS }), ['GPRMC']),
    ];
    const times = decode(...lines).map((epoch) => epoch.unixMs);
    expect(times).toEqual([-1000, 0, 0].map((ms) => TODAY + DAY_MS + ms));
  });

  it('follows a receiver that starts over on another day', () => {
    const lines = [
      ...sayEpoch(second(0), ['GPRMC']),
      ...sayEpoch(second(0, { timeOfDayMs: 1000, dateUnixMs: TODAY - 3 * DAY_MS }), ['GPRMC']),
    ];
    expect(decode(...lines)).toMatchObject([{ unixMs: TODAY + NOON_MS }, { unixMs: TODAY - 3 * DAY_MS + 1000 }]);
  });
});

describe('giving out', () => {
  const cycle = (index: number, addresses = U_BLOX) => sayEpoch(second(index), addresses);

  it('waits for the next epoch as long as the receiver is unknown', () => {
    const decoder = new GnssDecoder();
    expect(decoder.push(wire(cycle(0)))).toEqual([]);
    expect(decoder.push(wire(cycle(1).slice(0, 1)))).toMatchObject([{ timeOfDayMs: NOON_MS }]);
  });

  it('does not wait once the cycle of the receiver is known', () => {
    const decoder = new GnssDecoder();
    for (let index = 0; index <= FIRST_CONFIRMATIONS; index++) decoder.push(wire(cycle(index)));
    const index = FIRST_CONFIRMATIONS + 1;
    const [last = '', ...others] = cycle(index).toReversed();
    expect(decoder.push(wire(others.toReversed()))).toEqual([]);
    expect(decoder.push(wire([last]))).toMatchObject([{ timeOfDayMs: NOON_MS + index * 1000 }]);
  });

  it('waits again when a sentence is lost, and loses no epoch', () => {
    const decoder = new GnssDecoder();
    const counts = Array.from({ length: 20 }, (_, index) => {
      const addresses = index === 10 ? U_BLOX.slice(0, -1) : U_BLOX;
      return decoder.push(wire(cycle(index, addresses))).length;
    });
    expect(counts.slice(8)).toEqual([1, 1, 0, 2, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('drops and counts a sentence that comes after its epoch: no second epoch of that time', () => {
    const decoder = new GnssDecoder();
    const epochs = [
      ...decoder.push(wire(cycle(0, ['GNRMC']))),
      ...decoder.flush(),
      ...decoder.push(wire(cycle(0, ['GNGGA']))),
      ...decoder.push(wire(cycle(1, ['GNRMC']))),
      ...decoder.push(wire(cycle(0, ['GNGLL']))),
      ...decoder.flush(),
    ];
    expect(epochs.map((epoch) => epoch.timeOfDayMs)).toEqual([NOON_MS, NOON_MS + 1000]);
    expect(decoder.rejections).toEqual({ 'late-message': 2 });
  });

  it('errs at most once on a receiver that says more in every tenth epoch', () => {
    const decoder = new GnssDecoder();
    const lines = Array.from({ length: 100 }, (_, index) =>
      cycle(index, index % 10 === 9 ? [...U_BLOX, 'GNZDA'] : U_BLOX),
    );
    const epochs = [...lines.flatMap((said) => decoder.push(wire(said))), ...decoder.flush()];
    expect(epochs).toHaveLength(100);
    expect(decoder.rejections).toEqual({ 'late-message': 1 });
  });

  it('keeps apart two receivers that share a line, one epoch per time', () => {
    const ours = (index: number) => sayEpoch(second(index), ['GPRMC', 'GPGGA']);
    const theirs = (index: number) =>
      sayEpoch(second(index, { timeOfDayMs: NOON_MS + index * 1000 + 400, latitudeDeg: 50 }), ['IIRMC', 'IIGGA']);
    const lines = [0, 1, 2].flatMap((index) => {
      const [a = '', b = ''] = ours(index);
      const [c = '', d = ''] = theirs(index);
      return [a, c, b, d];
    });
    const epochs = decode(...lines);
    expect(epochs.map((epoch) => (epoch.timeOfDayMs ?? 0) - NOON_MS)).toEqual([0, 400, 1000, 1400, 2000, 2400]);
    expect(epochs.map((epoch) => Math.round(epoch.latitudeDeg ?? 0))).toEqual([48, 50, 48, 50, 48, 50]);
  });

  it('bounds what one epoch can hold: a receiver whose clock stands still', () => {
    const decoder = new GnssDecoder();
    const epochs = Array.from({ length: 1000 }, () => decoder.push(wire(cycle(0)))).flat();
    expect(epochs).toHaveLength(1);
    expect(decoder.flush()).toEqual([]);
    expect(decoder.rejections['late-message']).toBeGreaterThan(5000);
  });
});

describe('rejections [S1]', () => {
  it('count every refusal by its reason', () => {
    const decoder = new GnssDecoder();
    const [good = ''] = sayEpoch(second(0), ['GPGGA']);
    decoder.push(wire(['noise', good.replace('GGA', 'GGB'), good.slice(0, -3), '$*00', good.replace(',N,', ',S,')]));
    decoder.push(wire([encodeNmeaSentence({ talker: 'GP', type: 'ZDA', fields: ['999999'] })]));
    expect(decoder.rejections).toEqual({
      'discarded-bytes': 5,
      'wrong-checksum': 2,
      'no-checksum': 1,
      'not-a-sentence': 1,
      'bad-time': 1,
    });
  });
});
