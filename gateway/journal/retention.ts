import type { StreamId } from '#gateway/model/message.ts';
import type { LossReason } from './journal.ts';

/** What may be kept of one stream. */
export interface RetentionLimits {
  readonly maxBytes: number;
  /** Age counts between trusted times only: what none dates or bounds goes by bytes [J9]. */
  readonly maxAgeMs?: number | undefined;
  /** Whether what nobody has read yet gives way to what is new, or the other way round. */
  readonly overflow: 'dropOldest' | 'rejectNew';
}

/** One stream as retention sees it. */
export interface KeptStream {
  readonly id: StreamId;
  readonly limits: RetentionLimits;
  /** The oldest first. The newest segment is not among them: it never goes. */
  readonly segments: readonly KeptSegment[];
  /** What the newest segment takes, and the one that is to be made. */
  readonly fixedBytes: number;
  /** Every cursor has come so far. */
  readonly passedSequence: number;
}

/** A segment that may go. */
export interface KeptSegment {
  readonly lastSequence: number;
  readonly sizeBytes: number;
  /** When its last record was accepted at the latest, by trusted time; undefined if only what comes behind it bounds that. */
  readonly newestMs: number | undefined;
}

/** The oldest segment of a stream has to go. */
export interface Drop {
  readonly stream: StreamId;
  readonly reason: Extract<LossReason, 'quota' | 'age'>;
}

/**
 * What has to go, in this order: first what is too old, then what is beyond the quota of its stream, then what is beyond that of
 * the whole journal; there the last stream of the configuration gives first. Whole segments only [J8, J9].
 *
 * @param streams in the order of the configuration
 * @param nowMs trusted time; undefined while nobody knows it
 */
export function planRetention(
  streams: readonly KeptStream[],
  maxBytes: number,
  nowMs: number | undefined,
): readonly Drop[] {
  const drops: Drop[] = [];
  const left = streams.map((stream) => ({ ...stream, segments: [...stream.segments] }));
  const drop = (stream: (typeof left)[number], reason: Drop['reason']) => {
    stream.segments.shift();
    drops.push({ stream: stream.id, reason });
  };
  for (const stream of left) {
    while (isExpired(stream, nowMs)) drop(stream, 'age');
    while (sizeOf(stream) > stream.limits.maxBytes && mayGo(stream)) drop(stream, 'quota');
  }
  let giver = left.findLast(mayGo);
  while (giver !== undefined && left.reduce((sum, stream) => sum + sizeOf(stream), 0) > maxBytes) {
    drop(giver, 'quota');
    giver = left.findLast(mayGo);
  }
  return drops;
}

/** What a stream takes, with the segment that is to be made. */
export function sizeOf({ segments, fixedBytes }: Pick<KeptStream, 'segments' | 'fixedBytes'>): number {
  return segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, fixedBytes);
}

/** Whether every cursor has passed the oldest segment. */
export function isOldestPassed({ segments: [oldest], passedSequence }: KeptStream): boolean {
  return oldest !== undefined && oldest.lastSequence <= passedSequence;
}

function mayGo(stream: KeptStream): boolean {
  return stream.limits.overflow === 'dropOldest' ? stream.segments.length > 0 : isOldestPassed(stream);
}

function isExpired({ segments, limits }: KeptStream, nowMs: number | undefined): boolean {
  // What cannot be dated itself was accepted before the next that can.
  const newestMs = segments.find((segment) => segment.newestMs !== undefined)?.newestMs;
  if (newestMs === undefined || nowMs === undefined || limits.maxAgeMs === undefined) return false;
  return newestMs < nowMs - limits.maxAgeMs;
}
