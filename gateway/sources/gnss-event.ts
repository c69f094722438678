import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { encodeEvent, stampedTime } from './device-event.ts';

/**
 * An epoch as the event `gnss.position`. What the receiver did not state is absent; an epoch without a fix says so and has no position [S2].
 *
 * @param arrival stands in for the time while the receiver knows no date; the host's date is never lent to it [S5]
 */
export function encodeGnssPosition(epoch: GnssEpoch, arrival: Stamp): Uint8Array {
  const { unixMs } = epoch;
  const stamp: Stamp =
    unixMs === undefined ? { ...arrival, quality: 'none' } : { ...arrival, wallMs: unixMs, quality: 'gnss' };
  // `undefined` leaves no trace in JSON.
  return encodeEvent('gnss.position', stampedTime(stamp), {
    latitude: epoch.latitudeDeg,
    longitude: epoch.longitudeDeg,
    altitudeMsl: epoch.altitudeMslM,
    altitudeHae: epoch.altitudeHaeM === undefined ? undefined : rounded(epoch.altitudeHaeM),
    speedKmh: epoch.speedMps === undefined ? undefined : rounded(epoch.speedMps * KMH_PER_MPS),
    headingDeg: epoch.headingDeg,
    fix: epoch.mode,
    hdop: epoch.hdop,
    satellitesUsed: epoch.satellitesUsed,
  });
}

const KMH_PER_MPS = 3.6;

/** Takes away what arithmetic added: far below what any receiver states. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
