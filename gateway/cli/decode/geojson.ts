import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import { type EpochFormat, recordOf } from './epoch-format.ts';

/**
 * A FeatureCollection with a point for each fix, and its neutral record as properties. Epochs without a position have no place there.
 * The third coordinate is above the ellipsoid, and absent where the receiver does not state that.
 *
 * @see RFC 7946, 3.1.1 and 4
 */
export function geojson(): EpochFormat {
  let separator = '\n';
  return {
    begin: () => '{"type":"FeatureCollection","features":[',
    add: (epoch) => {
      const feature = featureOf(epoch);
      if (feature === undefined) return '';
      const text = `${separator}${JSON.stringify(feature)}`;
      separator = ',\n';
      return text;
    },
    end: () => '\n]}\n',
  };
}

function featureOf(epoch: GnssEpoch): object | undefined {
  const { lat, lon, altHAE, ...properties } = recordOf(epoch);
  if (lat === undefined || lon === undefined) return undefined;
  const coordinates = altHAE === undefined ? [lon, lat] : [lon, lat, altHAE];
  return { type: 'Feature', geometry: { type: 'Point', coordinates }, properties };
}
