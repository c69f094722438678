import { MAX_STATE_VALUE_BYTES, STATE_SEGMENT_BYTES } from '#gateway/journal/limits.ts';

/** Every bound of the dead letters, by name. */

/** Letters in all, whatever their size: each takes some 300 bytes of memory. Beyond, the oldest go as they do at the quota. */
export const MAX_LETTERS = 100_000;
/** What the words of a target may take in a letter; the rest is cut off. */
export const MAX_REASON_CHARS = 2048;
/** Letters in one answer to `deadLetters.list`, and what they may take; one is always in it. */
export const MAX_PAGE_LETTERS = 200;
export const MAX_PAGE_BYTES = 512 * 1024;
/** What is read of the log for it: an answer must not take long. */
export const MAX_PAGE_READ_BYTES = 8 * 1024 * 1024;
/** Letters that one request may name. */
export const MAX_NAMED_LETTERS = 100;
/** A sink raises the alarm at most so often. */
export const ALARM_INTERVAL_MS = 60_000;

/** How a quota on the disk is divided. */
export interface LetterRoom {
  /** A file. */
  readonly segmentBytes: number;
  /** What the log may take beside {@link LETTER_LOG_FACTOR} times the letters. */
  readonly minLogBytes: number;
  /** The letters themselves. */
  readonly lettersBytes: number;
  /** One letter; of a larger event only what it was is kept. */
  readonly letterBytes: number;
}

/**
 * The log takes up to half more than what is still true of it, and some files beside: so the letters get a good half of the quota.
 *
 * @param maxBytes on the disk; at least `MIN_QUOTA_BYTES`
 */
export function divideRoom(maxBytes: number): LetterRoom {
  const segmentBytes = Math.min(STATE_SEGMENT_BYTES, Math.floor(maxBytes / SEGMENTS_PER_QUOTA));
  const lettersBytes = Math.floor((maxBytes - SPARE_SEGMENTS * segmentBytes) / LETTER_LOG_FACTOR);
  const letterBytes = Math.min(MAX_STATE_VALUE_BYTES, Math.floor(lettersBytes / 4));
  return { segmentBytes, minLogBytes: MIN_LOG_SEGMENTS * segmentBytes, lettersBytes, letterBytes };
}

/** Room that is shorter is made by reading back more than `MAX_STATE_COPY_FACTOR` times what is written. */
export const LETTER_LOG_FACTOR = 1.5;
const SEGMENTS_PER_QUOTA = 16;
const MIN_LOG_SEGMENTS = 3;
/** Those, the newest, and the one whose place is used again. */
const SPARE_SEGMENTS = 6;
