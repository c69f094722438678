import type { WearStatus } from '#gateway/model/status.ts';
import type { DiskSample } from '#gateway/runtime/disk-counters.ts';

/** What was counted between the opening of the journal and now. */
export interface WearCounts {
  readonly observedMs: number;
  readonly logicalBytes: number;
  readonly journalBytes: number;
  readonly deviceName: string | undefined;
  /** What the system had counted at the opening, and has counted now. */
  readonly first: DiskSample;
  readonly now: DiskSample;
  /** Terabytes that the card may be written with over its life. */
  readonly enduranceTB: number | undefined;
}

/**
 * What the journal costs the card. The nearer to the card the better: the amplification and the projection rest on what the
 * device counted, else on the process' account, else on what the journal itself wrote.
 */
export function wearOf(counts: WearCounts): WearStatus {
  const { observedMs, logicalBytes, journalBytes, deviceName, first, now, enduranceTB } = counts;
  const processBytes = difference(now.processBytes, first.processBytes);
  const deviceBytes = difference(now.deviceBytes, first.deviceBytes);
  const basis = deviceBytes !== undefined ? 'device' : processBytes !== undefined ? 'process' : 'journal';
  const basisBytes = deviceBytes ?? processBytes ?? journalBytes;
  const isObservedLongEnough = observedMs >= MIN_WEAR_OBSERVATION_MS;
  const lifeMs =
    enduranceTB && isObservedLongEnough && basisBytes > 0
      ? (enduranceTB * TERABYTE * observedMs) / basisBytes
      : undefined;
  return {
    observedSeconds: Math.floor(observedMs / 1000),
    logicalBytes,
    ...(processBytes === undefined ? {} : { processBytes }),
    ...(deviceName === undefined || deviceBytes === undefined
      ? {}
      : { device: { name: deviceName, bytes: deviceBytes } }),
    basis,
    ...(logicalBytes === 0 || !isObservedLongEnough ? {} : { amplification: basisBytes / logicalBytes }),
    ...(enduranceTB === undefined ? {} : { enduranceTB }),
    ...(lifeMs === undefined ? {} : { projectedLifeDays: Math.floor(lifeMs / DAY_MS) }),
  };
}

/** A rate over less than this says more of the start than of the years to come. */
export const MIN_WEAR_OBSERVATION_MS = 60 * 60 * 1000;

const TERABYTE = 1e12;
const DAY_MS = 24 * 60 * 60 * 1000;

function difference(now: number | undefined, first: number | undefined): number | undefined {
  return now === undefined || first === undefined ? undefined : now - first;
}
