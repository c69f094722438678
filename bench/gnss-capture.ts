import { gpsMoment, sayUbxEpoch } from '#devices/gps/fake-ubx-receiver.ts';
import { encodeGga } from '#devices/nmea0183/gga.ts';
import { encodeGll } from '#devices/nmea0183/gll.ts';
import { encodeGsa } from '#devices/nmea0183/gsa.ts';
import { encodeNmeaSentence, type NmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { encodeRmc } from '#devices/nmea0183/rmc.ts';
import { encodeVtg } from '#devices/nmea0183/vtg.ts';
import { encodeUbxMessage } from '#devices/ubx/ubx-message.ts';

/** Sentences that a common receiver sends of each epoch. */
export const SENTENCES_PER_EPOCH = 9;

/** Messages of {@link composeUbxCapture} in an epoch. */
export const UBX_MESSAGES_PER_EPOCH = 4;

/** What a receiver of two systems says while it moves: RMC, VTG, GGA, two GSA, three GSV, GLL, five times a second. */
export function composeNmeaCapture(epochCount: number): Buffer {
  const lines: string[] = [];
  for (let index = 0; index < epochCount; index++) {
    for (const sentence of sentencesOf(index)) lines.push(encodeNmeaSentence(sentence), '\r\n');
  }
  return Buffer.from(lines.join(''), 'latin1');
}

function sentencesOf(index: number): readonly NmeaSentence[] {
  const unixMs = START_MS + 200 * index;
  const timeOfDayMs = unixMs % DAY_MS;
  const place = { timeOfDayMs, latitudeDeg: 48 + index * 1e-6, longitudeDeg: 11 + index * 2e-6 };
  const motion = { speedMps: 13 + (index % 50) / 10, headingDeg: (index / 10) % 360, quality: 'autonomous' } as const;
  const dilution = { pdop: 1.6, hdop: 0.9, vdop: 1.3 };
  const gsa = { selection: 'automatic', mode: '3d', ...dilution } as const;
  return [
    encodeRmc('GN', {
      ...place,
      ...motion,
      status: 'valid',
      dateUnixMs: unixMs - timeOfDayMs,
      magneticVariationDeg: undefined,
      navigationalStatus: undefined,
    }),
    encodeVtg('GN', { ...motion, headingMagneticDeg: undefined }),
    encodeGga('GN', {
      ...place,
      quality: 'autonomous',
      satellitesUsed: 12,
      hdop: 0.9,
      altitudeMslM: 519.2,
      geoidSeparationM: 46.9,
      correctionAgeS: undefined,
      correctionStation: undefined,
    }),
    encodeGsa('GN', { ...gsa, satelliteIds: [2, 5, 7, 9, 13, 15, 18], systemId: 1 }),
    encodeGsa('GN', { ...gsa, satelliteIds: [65, 72, 74, 81, 88], systemId: 2 }),
    ...skyAt(Math.floor(unixMs / 1000)),
    encodeGll('GN', { ...place, status: 'valid', quality: 'autonomous' }),
  ];
}

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 20, 8);

/** What is seen, and how well, changes from second to second. */
function skyAt(second: number): readonly NmeaSentence[] {
  const pages = [
    { talker: 'GP', head: ['2', '1', '08'], satellites: SKY.slice(0, 4) },
    { talker: 'GP', head: ['2', '2', '08'], satellites: SKY.slice(4, 8) },
    { talker: 'GL', head: ['1', '1', '04'], satellites: SKY.slice(8) },
  ];
  return pages.map(({ talker, head, satellites }) => ({
    talker,
    type: 'GSV',
    fields: [
      ...head,
      ...satellites.flatMap(([id, direction, signal]) => [id, ...direction.split(','), `${signal + (second % 5)}`]),
    ],
  }));
}

const SKY = [
  ['02', '17,308', 38],
  ['05', '67,052', 45],
  ['07', '12,181', 35],
  ['09', '33,110', 39],
  ['13', '55,240', 42],
  ['15', '48,290', 41],
  ['18', '07,020', 27],
  ['30', '21,075', 34],
  ['65', '40,050', 38],
  ['72', '71,330', 42],
  ['74', '15,200', 31],
  ['81', '28,120', 35],
] as const;

/** What a u-blox receiver sends of each epoch: NAV-PVT, NAV-DOP, NAV-SAT with 24 satellites, NAV-EOE. */
export function composeUbxCapture(epochCount: number): Buffer {
  return Buffer.concat(Array.from({ length: epochCount }, (_, index) => ubxEpoch(index)));
}

function ubxEpoch(index: number): Uint8Array {
  const unixMs = START_MS + 200 * index;
  const timeOfDayMs = unixMs % DAY_MS;
  const moment = gpsMoment(unixMs);
  const facts = { timeOfDayMs, dateUnixMs: unixMs - timeOfDayMs, mode: '3d', latitudeDeg: 48 + index * 1e-6 } as const;
  return Buffer.concat([
    sayUbxEpoch(facts, moment, ['NAV-PVT', 'NAV-DOP']),
    encodeUbxMessage({ type: 'NAV-SAT', itowMs: moment.itowMs, satellites: SATELLITES }),
    sayUbxEpoch(facts, moment, ['NAV-EOE']),
  ]);
}

const SATELLITES = Array.from({ length: 24 }, (_, index) => ({
  system: 'gps' as const,
  id: index + 1,
  signalDbHz: 30 + (index % 15),
  elevationDeg: 10 + 3 * index,
  azimuthDeg: 15 * index,
  pseudorangeResidualM: 0.3,
  signalQuality: 7,
  isUsed: index < 16,
  health: 'healthy' as const,
  isDifferential: false,
  hasEphemeris: true,
  hasAlmanac: true,
}));
