import type { LinkMode } from '#gateway/model/link-status.ts';

/**
 * What a link allows at one moment. A batch is cut so that it fits `bytes`; a single event that is larger still goes, alone, while
 * there are any: see {@link isAllowed}. So a slow link is overdrawn by one event and makes up for it, and no event waits for ever.
 */
export interface Allowance {
  /** `metered`: only the lanes that the configuration of the link names. `off`: no connection at all. */
  readonly mode: LinkMode;
  /** What may be sent now; Infinity where nothing bounds it, 0 or less where nothing may go. */
  readonly bytes: number;
  /** The same for urgent lanes, which may spend the reserve as well; never less. */
  readonly urgentBytes: number;
  /** A single event of at most so many bytes may go although it is more than `bytes`: the reserve of the day is not touched for it. */
  readonly maxEventBytes: number;
  readonly maxUrgentEventBytes: number;
  readonly events: number;
  /** What `bytes` fills up to at best: a second of the rate. A batch that would be cut waits for that much. */
  readonly burstBytes: number;
  /** The same of `events`. */
  readonly burstEvents: number;
  /** How fast `bytes` fills; Infinity without a rate. */
  readonly bytesPerSecond: number;
  /** Left of the day without the reserve; estimates that stand count as left. */
  readonly dayBytes: number;
  /** When less than so much is left of the day, it is not spent on batches that are cut to it. */
  readonly dayRestBytes: number;
  /** When there will be more, monotonic; Infinity where time alone changes nothing. */
  readonly moreAtMs: number;
}

/** Of a sink without a link. */
export const UNLIMITED: Allowance = {
  mode: 'normal',
  bytes: Infinity,
  urgentBytes: Infinity,
  maxEventBytes: Infinity,
  maxUrgentEventBytes: Infinity,
  events: Infinity,
  burstBytes: Infinity,
  burstEvents: Infinity,
  bytesPerSecond: Infinity,
  dayBytes: Infinity,
  dayRestBytes: 0,
  moreAtMs: Infinity,
};

/** Whether an event may join a batch. @param batchBytes what the batch has already; 0 for the first event */
export function isAllowed(
  allowance: Allowance,
  isUrgent: boolean,
  batchBytes: number,
  batchEvents: number,
  eventBytes: number,
): boolean {
  const bytes = isUrgent ? allowance.urgentBytes : allowance.bytes;
  if (bytes <= 0 || allowance.events < batchEvents + 1) return false;
  if (batchBytes + eventBytes <= bytes) return true;
  return batchEvents === 0 && eventBytes <= (isUrgent ? allowance.maxUrgentEventBytes : allowance.maxEventBytes);
}

/** A batch as it would be without a link. */
export interface WholeBatch {
  readonly bytes: number;
  readonly events: number;
}

/** While what others have in flight may make room, it is looked at so often. */
const LOOK_AGAIN_MS = 1000;
/** Looks at a rate, at the least apart. */
const MIN_WAIT_MS = 50;

/**
 * When a batch of a lane that is not urgent may go as large as it ever can: small ones cost several times the bytes for each event.
 * One that is larger than a burst goes when the burst is there, one that is larger than what is left of the day with all of that, down to
 * `dayRestBytes`, which it leaves to urgent lanes.
 *
 * @param isPatient false: takes what the rate has, but the day's rest is left alone
 * @returns `nowMs` where there is room
 */
export function roomAtMs(allowance: Allowance, whole: WholeBatch, nowMs: number, isPatient: boolean): number {
  const { bytes, events, burstBytes, burstEvents, bytesPerSecond, dayBytes, dayRestBytes, moreAtMs } = allowance;
  const wanted = Math.min(whole.bytes, burstBytes, Math.max(dayBytes, dayRestBytes));
  if (dayBytes < wanted) return Math.max(moreAtMs, nowMs + MIN_WAIT_MS);
  if (!isPatient) return nowMs;
  const missing = wanted - bytes;
  const missesEvents = events < Math.min(whole.events, burstEvents);
  if (missing <= 0 && !missesEvents) return nowMs;
  const waitMs = missesEvents || bytesPerSecond === Infinity ? LOOK_AGAIN_MS : (1000 * missing) / bytesPerSecond;
  return nowMs + Math.min(LOOK_AGAIN_MS, Math.max(MIN_WAIT_MS, Math.ceil(waitMs)));
}

/** What is left when a batch has been sent. */
export function lessBatch(allowance: Allowance, bytes: number, events: number): Allowance {
  return {
    ...allowance,
    bytes: allowance.bytes - bytes,
    urgentBytes: allowance.urgentBytes - bytes,
    maxEventBytes: allowance.maxEventBytes - bytes,
    maxUrgentEventBytes: allowance.maxUrgentEventBytes - bytes,
    events: allowance.events - events,
  };
}
