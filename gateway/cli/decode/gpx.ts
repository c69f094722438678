import { type EpochFormat, type FixRecord, recordOf } from './epoch-format.ts';

/**
 * A track of GPX 1.1, with speed and course as the track point extension 2 has them. A segment ends where the receiver has no fix.
 *
 * @see https://www.topografix.com/GPX/1/1/
 */
export function gpx(): EpochFormat {
  let isInSegment = false;
  const endSegment = () => {
    const text = isInSegment ? '</trkseg>\n' : '';
    isInSegment = false;
    return text;
  };
  return {
    begin: () => `${HEAD}\n<trk>\n`,
    add: (epoch) => {
      const record = recordOf(epoch);
      if (record.lat === undefined || record.lon === undefined) return endSegment();
      const begun = isInSegment ? '' : '<trkseg>\n';
      isInSegment = true;
      return `${begun}${trackPoint(record)}\n`;
    },
    end: () => `${endSegment()}</trk>\n</gpx>\n`,
  };
}

const EXTENSION = 'http://www.garmin.com/xmlschemas/TrackPointExtension/v2';
const HEAD = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  `<gpx version="1.1" creator="Waystation" xmlns="http://www.topografix.com/GPX/1/1" xmlns:tpx="${EXTENSION}">`,
].join('\n');

/** The schema has an order for what a point may hold. */
function trackPoint(record: FixRecord): string {
  const { lat, lon, t, altMSL, geoidSep, mode, satsUsed, hdop, vdop, pdop, speed, track } = record;
  const motion = `${element('tpx:speed', speed)}${element('tpx:course', track)}`;
  const extension = motion && element('tpx:TrackPointExtension', motion);
  return [
    `<trkpt lat="${lat}" lon="${lon}">`,
    ...[element('ele', altMSL), element('time', t), element('geoidheight', geoidSep), element('fix', `${mode}d`)],
    ...[element('sat', satsUsed), element('hdop', hdop), element('vdop', vdop), element('pdop', pdop)],
    ...[element('extensions', extension || undefined), '</trkpt>'],
  ].join('');
}

/** Numbers, times and elements: nothing that would have to be escaped. */
function element(name: string, content: string | number | undefined): string {
  return content === undefined ? '' : `<${name}>${content}</${name}>`;
}
