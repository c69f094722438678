import { encodeGga } from '#devices/nmea0183/gga.ts';
import { encodeGll } from '#devices/nmea0183/gll.ts';
import { encodeGsa } from '#devices/nmea0183/gsa.ts';
import { encodeNmeaSentence, type NmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { encodeRmc } from '#devices/nmea0183/rmc.ts';
import { encodeVtg } from '#devices/nmea0183/vtg.ts';

/** Sentences that a common receiver sends of each epoch. */
export const SENTENCES_PER_EPOCH = 9;

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
    ...SKY,
    encodeGll('GN', { ...place, status: 'valid', quality: 'autonomous' }),
  ];
}

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 20, 8);

const SKY = [
  ['GP', '2,1,08,02,17,308,41,05,67,052,45,07,12,181,38,09,33,110,40'],
  ['GP', '2,2,08,13,55,240,44,15,48,290,43,18,07,020,29,30,21,075,36'],
  ['GL', '1,1,04,65,40,050,39,72,71,330,44,74,15,200,33,81,28,120,37'],
].map(([talker = '', text = '']) => ({ talker, type: 'GSV', fields: text.split(',') }));
