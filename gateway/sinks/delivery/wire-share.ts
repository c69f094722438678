/**
 * How much of what is sent really goes over the wire, where a target compresses: without it a link would be charged ten or twenty
 * times too much, and hold batches back until its meter has put that right.
 *
 * What is learnt is kept over restarts with the link. A share holds for a whole batch; the first bytes of each count in full, since little compresses badly.
 */

/** Nothing is known yet, or nothing is compressed. */
export const WHOLE_SHARE = 1;
/** What compresses better is charged so much nevertheless: the next batch may be another. */
export const MIN_SHARE = 1 / 32;
/** Bytes of a batch that are charged in full: headers, and what has nothing like it before it. */
const FULL_BYTES = 256;
/** Headroom over what was seen. */
const MARGIN = 1.25;
/** How fast it follows batches that compress better; one that compresses worse counts at once. */
const FOLLOW = 0.25;

/** What a batch of so many bytes is expected to take; never more than those. */
export function estimateWire(share: number, sizeBytes: number): number {
  return Math.min(sizeBytes, FULL_BYTES + Math.ceil(share * sizeBytes));
}

/** The share after a batch of `sizeBytes` took `wireBytes`. Pure; within {@link MIN_SHARE} and {@link WHOLE_SHARE} whatever a target says. */
export function learnShare(share: number, sizeBytes: number, wireBytes: number): number {
  if (!(sizeBytes > FULL_BYTES && wireBytes >= 0)) return share;
  const seen = (MARGIN * Math.max(0, wireBytes - FULL_BYTES)) / sizeBytes;
  const next = seen >= share ? seen : share + (seen - share) * FOLLOW;
  return Math.min(WHOLE_SHARE, Math.max(MIN_SHARE, next));
}
