import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import { csv } from './csv.ts';
import type { EpochFormat } from './epoch-format.ts';
import { formatEpochs } from './format-epochs.ts';
import { geojson } from './geojson.ts';
import { gpx } from './gpx.ts';

async function* bytesOf(capture: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(capture, 'latin1');
}

function written(format: EpochFormat, capture: string): Promise<string> {
  return text(Readable.from(formatEpochs(bytesOf(capture), new GnssDecoder(), format, () => {})));
}

const CAPTURE = [
  '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47',
  '$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230326,003.1,W*63',
  '$GPGGA,123520,,,,,0,,,,M,,M,,*61',
  '$GPGGA,123521,broken*00',
  '',
].join('\r\n');

/** Seconds later, without an altitude. */
const FIX_AGAIN = '$GPRMC,123525,A,4807.038,N,01131.000,E,022.4,084.4,230326,003.1,W*6C\r\n';

it('writes CSV with a header, an epoch a line, and nothing where nothing was stated [RFC 4180]', async () => {
  const found = await written(csv, CAPTURE);
  const [header, fix, none, ...rest] = found.split('\r\n');
  expect(header).toBe(
    't,mode,lat,lon,altMSL,altHAE,geoidSep,speed,track,climb,heading,hAcc,vAcc,satsUsed,satsVisible,hdop,pdop,vdop,method',
  );
  expect(fix).toBe('2026-03-23T12:35:19.000Z,3,48.1173,11.516666667,545.4,592.3,46.9,11.524,84.4,,,,,8,,0.9,,,');
  expect(none).toBe('2026-03-23T12:35:20.000Z,1,,,,,,,,,,,,,,,,,');
  expect(rest).toEqual(['']);
});

it('writes a GPX track whose segments end where the fix is lost', async () => {
  const found = await written(gpx(), `${CAPTURE}${FIX_AGAIN}`);
  expect(found.split('\n')).toEqual([
    '<?xml version="1.0" encoding="UTF-8"?>',
    expect.stringMatching(/^<gpx version="1.1" creator="Waystation" xmlns="[^"]+" xmlns:tpx="[^"]+">$/),
    '<trk>',
    '<trkseg>',
    expect.stringContaining(
      '<trkpt lat="48.1173" lon="11.516666667"><ele>545.4</ele><time>2026-03-23T12:35:19.000Z</time>',
    ),
    '</trkseg>',
    '<trkseg>',
    expect.stringMatching(/^<trkpt lat="48.1173" .*<tpx:speed>11.524<.tpx:speed><tpx:course>84.4<.*<.trkpt>$/),
    '</trkseg>',
    '</trk>',
    '</gpx>',
    '',
  ]);
});

it('writes GeoJSON points, none for an epoch without a fix [RFC 7946]', async () => {
  const found = await written(geojson(), `${CAPTURE}${FIX_AGAIN}`);
  expect(JSON.parse(found)).toMatchObject({
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        geometry: { type: 'Point', coordinates: [11.516666667, 48.1173, 592.3] },
        properties: { t: '2026-03-23T12:35:19.000Z', mode: 3, altMSL: 545.4 },
      },
      { properties: { t: '2026-03-23T12:35:25.000Z', mode: 2 } },
    ],
  });
  expect(JSON.parse(await written(geojson(), ''))).toEqual({ type: 'FeatureCollection', features: [] });
});
