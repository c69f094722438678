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
