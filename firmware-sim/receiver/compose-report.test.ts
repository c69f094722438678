import { describe, expect, it } from 'vitest';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { isSoundRtcm } from '#devices/ubx/rtcm-frame.ts';
import { decodeUbxMessage, type UbxMessage } from '#devices/ubx/ubx-message.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { composeReport } from './compose-report.ts';
import type { Condition } from './condition.ts';
import { buildReceiver, type ReceiverEpoch } from './receiver-model.ts';
import { initialSettings } from './receiver-settings.ts';
import { DEFAULT_RECEIVER, MESSAGE_NAMES, type ReceiverSpec, SENTENCE_NAMES } from './receiver-spec.ts';
import { readFrames } from './testing/read-frames.ts';

const START_MS = Date.UTC(2026, 10, 20, 23, 59, 50);

/** Epochs of a receiver with all its pieces, twice a second from before midnight. */
function run(changes: Partial<ReceiverSpec>, conditions: readonly Condition[] = [], count = 60) {
  const spec: ReceiverSpec = { ...DEFAULT_RECEIVER, rateHz: 2, ...changes };
  const timeLine = { startUnixMs: START_MS };
  const model = buildReceiver(spec, { vehicle: buildDemoVehicle(), conditions, timeLine, seed: 3 });
  const epochs = Array.from({ length: count }, (_, index) => model(index * 500));
  return epochs.map((epoch) => ({ epoch, pieces: composeReport(epoch, spec, initialSettings(spec)) }));
}

function textOf(pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString('latin1');
}

function typesOf(pieces: readonly Uint8Array[]): readonly string[] {
  return pieces.map((piece) => {
    const line = Buffer.from(piece).toString('latin1').trimEnd();
    const [, address = '', fields = ''] = /^\$(\w{4,5}),(.*)\*..$/.exec(line) ?? [];
    const isSound = line === encodeNmeaSentence({ talker: '', type: address, fields: fields.split(',') });
    return isSound ? address : `damaged ${line}`;
  });
}

function messagesOf(pieces: readonly Uint8Array[]): readonly UbxMessage[] {
  const frames = readFrames(Buffer.concat(pieces));
  return frames.flatMap((frame) => {
    const message = decodeUbxMessage(frame);
    return message?.isDecoded ? [message.value] : [];
  });
}

function usedCount({ satellites }: ReceiverEpoch): number {
  return satellites.filter(({ isUsed }) => isUsed).length;
}

describe('composeReport', () => {
  it('says in NMEA what the receiver knows, over midnight', () => {
    const reports = run({ sentences: ['RMC', 'GGA', 'GSA', 'VTG', 'ZDA'] });
    const decoder = new GnssDecoder();
    const bytes = Buffer.concat(reports.flatMap(({ pieces }) => pieces));
    const decoded = [...decoder.push(bytes), ...decoder.flush()];
    expect(decoder.rejections).toEqual({});
    expect(decoded).toHaveLength(reports.length);
    for (const [index, { epoch }] of reports.entries()) {
      const { fix } = epoch;
      expect(decoded[index]).toMatchObject({
        unixMs: START_MS + index * 500,
        mode: '3d',
        latitudeDeg: expect.closeTo(fix?.latitudeDeg ?? 0, 8),
        longitudeDeg: expect.closeTo(fix?.longitudeDeg ?? 0, 8),
        altitudeMslM: expect.closeTo(fix?.altitudeMslM ?? 0, 1),
        speedMps: expect.closeTo(fix?.speedMps ?? 0, 2),
        satellitesUsed: usedCount(epoch),
      });
      expect(decoded[index]?.headingDeg).toEqual(fix?.courseDeg);
    }
  });

  it('sends every sentence that it is told, in that order, each with a true checksum', () => {
    const [report] = run({ sentences: SENTENCE_NAMES });
    const types = typesOf(report?.pieces ?? []);
    const once = types.filter((type, index) => types.indexOf(type) === index);
    expect(once).toEqual([
      ...['GNRMC', 'GNGGA', 'GNGNS', 'GNGLL', 'GNVTG', 'GNGSA', 'GPGSV', 'GLGSV', 'GAGSV', 'GBGSV'],
      ...['GNGST', 'GNZDA', 'GNHDT', 'GNTHS', 'PUBX'],
    ]);
    expect(types.filter((type) => type === 'GNGSA')).toHaveLength(4);
  });

  it('names a receiver of one system after it', () => {
    const [report] = run({ systems: ['gps'], sentences: ['RMC', 'GSA', 'GSV'] });
    expect(new Set(typesOf(report?.pieces ?? []))).toEqual(new Set(['GPRMC', 'GPGSA', 'GPGSV']));
  });

  it('shows the sky once a second, all of it', () => {
    const [first, second] = run({ sentences: ['GSV'] });
    expect(second?.pieces).toEqual([]);
    const pages = textOf(first?.pieces ?? [])
      .trimEnd()
      .split('\r\n');
    const visible = pages.filter((page) => /GSV,\d+,1,/.test(page)).map((page) => Number(page.split(',')[3]));
    expect(visible.reduce((total, count) => total + count)).toBe(first?.epoch.satellites.length);
  });

  it('leaves empty what it does not know at a cold start', () => {
    const reports = run({ start: 'cold', sentences: ['RMC', 'GGA', 'ZDA'] }, [], 60);
    expect(textOf(reports[0]?.pieces ?? [])).toMatch(
      /^\$GNRMC,,V,,,,,,,,,,N,V\*..\r\n\$GNGGA,,,,,,0,00,99\.99,,M,,M,,\*/,
    );
    expect(textOf(reports[20]?.pieces ?? [])).toMatch(/^\$GNRMC,000000\.000,V,,,,,,,,,,N,V/);
    expect(textOf(reports[50]?.pieces ?? [])).toMatch(/^\$GNRMC,000015\.000,A,48\d\d\.\d{7},N,.*,211126,,,A,V/);
  });

  it('marks an estimate in a tunnel', () => {
    const tunnel = [{ kind: 'tunnel', fromMs: 0, toMs: 60_000, offsetM: 0 }] as const;
    const changes = { deadReckoning: true, sentences: ['RMC', 'GGA', 'GNS'] } as const;
    const text = textOf(run(changes, tunnel, 2)[1]?.pieces ?? []);
    expect(text).toMatch(/RMC,235950\.500,A,.*,E,V\*/);
    expect(text).toMatch(/GGA,.*,E,6,00,99\.99,/);
    expect(text).toMatch(/GNS,.*,EEEE,00,/);
  });

  it('says the same in UBX', () => {
    const reports = run({ protocol: 'ubx', messages: MESSAGE_NAMES });
    for (const [index, { epoch, pieces }] of reports.entries()) {
      const messages = messagesOf(pieces);
      const pvt = messages.find(({ type }) => type === 'NAV-PVT');
      const midnightMs = Math.floor((START_MS + index * 500) / 86_400_000) * 86_400_000;
      expect(pvt).toMatchObject({
        dateUnixMs: midnightMs,
        timeOfDayMs: START_MS + index * 500 - midnightMs,
        itowMs: epoch.time.itowMs,
        fixType: '3d',
        isFixOk: true,
        latitudeDeg: expect.closeTo(epoch.fix?.latitudeDeg ?? 0, 6),
        altitudeMslM: expect.closeTo(epoch.fix?.altitudeMslM ?? 0, 2),
        speedMps: expect.closeTo(epoch.fix?.speedMps ?? 0, 2),
        satellitesUsed: usedCount(epoch),
      });
      expect(messages.map(({ type }) => type)).toEqual(
        index % 2 === 0 ? MESSAGE_NAMES : ['NAV-PVT', 'NAV-DOP', 'NAV-STATUS', 'NAV-EOE'],
      );
    }
    const sky = messagesOf(reports[0]?.pieces ?? []).find((message) => message.type === 'NAV-SAT');
    expect(sky?.satellites.map(({ isUsed }) => isUsed)).toEqual(
      reports[0]?.epoch.satellites.map(({ isUsed }) => isUsed),
    );
  });

  it('vouches for nothing in UBX without a fix', () => {
    const [report] = run({ protocol: 'ubx', start: 'cold', messages: ['NAV-PVT', 'NAV-TIMELS'] });
    const [pvt, timels] = messagesOf(report?.pieces ?? []);
    expect(pvt).toMatchObject({
      dateUnixMs: undefined,
      timeOfDayMs: undefined,
      fixType: 'none',
      latitudeDeg: undefined,
    });
    expect(timels).toMatchObject({ leapSeconds: undefined });
  });

  it('tells of antenna and jamming', () => {
    const hardware = (kind: Condition['kind']) => {
      const [, report] = run(
        { protocol: 'ubx', rateHz: 1, messages: ['MON-HW', 'MON-RF'] },
        [{ kind, fromMs: 0, toMs: 9_000, offsetM: 0 }],
        13,
      ).slice(-2);
      return messagesOf(report?.pieces ?? [])[0];
    };
    expect(hardware('antennaOpen')).toMatchObject({ antenna: 'open', jamming: 'ok' });
    expect(hardware('antennaShort')).toMatchObject({ antenna: 'short', antennaPower: 'off' });
    expect(hardware('jam')).toMatchObject({ antenna: 'ok', jamming: 'critical' });
    expect(hardware('tunnel')).toMatchObject({ antenna: 'ok', jamming: 'ok' });
  });

  it('mixes a frame of RTCM 3 in, with a true checksum', () => {
    const pieces = run({ protocol: 'mixed' }).flatMap((report) => report.pieces);
    const frames = pieces.filter(([first]) => first === 0xd3);
    expect(frames.length).toBeGreaterThan(4);
    for (const frame of frames) expect(isSoundRtcm(frame, 0, frame.length)).toBe(true);
  });
});
