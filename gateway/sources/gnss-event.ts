import type { FixFault } from '#devices/gps/fix-gate.ts';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import type { SkyView } from '#devices/gps/sky-view.ts';
import { type EventTime, stampedTime } from '#gateway/model/event-payload.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { EpochDate } from './epoch-date.ts';

/** The time of what an epoch says: the receiver's, or the place in a clock run. The host's date is never lent to it [S5]. */
export function epochTime({ unixMs }: EpochDate, now: Stamp): EventTime {
  return stampedTime(unixMs === undefined ? { ...now, quality: 'none' } : { ...now, wallMs: unixMs, quality: 'gnss' });
}

/**
 * An epoch as the data of `gnss.position`. What the receiver did not state is absent; an epoch without a fix says so and has no
 * position [S2]. With faults the position still stands there, for whoever wants to look.
 */
export function positionData(epoch: GnssEpoch, faults: readonly FixFault[], { date, weeksAdded }: EpochDate): object {
  // `undefined` leaves no trace in JSON.
  return {
    valid: faults.length === 0,
    reasons: faults.length === 0 ? undefined : faults,
    latitude: epoch.latitudeDeg,
    longitude: epoch.longitudeDeg,
    altitudeMsl: epoch.altitudeMslM,
    altitudeHae: rounded(epoch.altitudeHaeM),
    horizontalAccuracyM: rounded(epoch.horizontalAccuracyM),
    verticalAccuracyM: rounded(epoch.verticalAccuracyM),
    speedKmh: epoch.speedMps === undefined ? undefined : rounded(epoch.speedMps * KMH_PER_MPS),
    headingDeg: epoch.headingDeg,
    trueHeadingDeg: rounded(epoch.trueHeadingDeg),
    verticalSpeedMps: rounded(epoch.climbMps),
    fix: epoch.mode,
    method: epoch.method,
    hdop: epoch.hdop,
    satellitesUsed: epoch.satellitesUsed,
    date,
    weeksAdded,
  };
}

/** A sky view as the data of `gnss.sky`: figures for those who plot, every satellite for those who look for a bad antenna. */
export function skyData(sky: SkyView): object {
  const used = sky.filter(({ isUsed }) => isUsed);
  const signals = used.flatMap(({ signalDbHz }) => (signalDbHz === undefined ? [] : [signalDbHz]));
  const sumDbHz = signals.reduce((sum, signal) => sum + signal, 0);
  return {
    satellitesVisible: sky.length,
    satellitesUsed: used.length,
    meanSignalDbHz: signals.length === 0 ? undefined : Math.round((sumDbHz / signals.length) * 10) / 10,
    satellites: sky.slice(0, MAX_SKY_SATELLITES).map(({ isUsed, ...satellite }) => ({ ...satellite, used: isUsed })),
  };
}

/** More than all systems together ever have over one horizon; it bounds an event. */
export const MAX_SKY_SATELLITES = 128;

/** Kilometres per hour in a metre per second. */
export const KMH_PER_MPS = 3.6;

/** Takes away what arithmetic added: far below what any receiver states. */
function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1e6) / 1e6;
}
