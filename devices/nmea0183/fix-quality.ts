import { lettersOf } from './letter-table.ts';

/** How a position came about. `estimated` is dead reckoning, `manual` was typed in, `simulated` is a test signal: for the consumer to judge. */
export type FixMethod = Exclude<FixQuality, 'invalid'>;

/** What a sentence says of its position; `invalid` denies it. */
export type FixQuality = (typeof QUALITY_BY_LETTER)[keyof typeof QUALITY_BY_LETTER];

/** The mode indicator of RMC, VTG, GLL (NMEA 2.3 and later) and, one letter per satellite system, of GNS. */
export const QUALITY_BY_LETTER = {
  N: 'invalid',
  A: 'autonomous',
  D: 'differential',
  P: 'precise',
  R: 'rtkFixed',
  F: 'rtkFloat',
  E: 'estimated',
  M: 'manual',
  S: 'simulated',
  V: 'invalid',
} as const;

/** Inverse to {@link QUALITY_BY_LETTER}; of two letters of a name the first is the standard's. */
export const QUALITY_LETTERS = lettersOf(QUALITY_BY_LETTER);

/** The quality indicator of GGA. */
export const QUALITY_BY_DIGIT = {
  0: 'invalid',
  1: 'autonomous',
  2: 'differential',
  3: 'precise',
  4: 'rtkFixed',
  5: 'rtkFloat',
  6: 'estimated',
  7: 'manual',
  8: 'simulated',
  // NovAtel, for corrections by satellite.
  9: 'differential',
} as const;

export const QUALITY_DIGITS = lettersOf(QUALITY_BY_DIGIT);

/** The status of RMC and GLL. */
export type FixStatus = (typeof STATUS_BY_LETTER)[keyof typeof STATUS_BY_LETTER];

/** `V` is a warning: whatever stands in the position fields is not a position [S2]. `D` is `A` of some receivers with corrections. */
export const STATUS_BY_LETTER = { A: 'valid', V: 'void', D: 'valid' } as const;

export const STATUS_LETTERS = lettersOf(STATUS_BY_LETTER);

/** The status, less what a mode indicator takes from it that we do not know: nobody can tell what it vouches for. */
export function statusUnder(status: FixStatus | undefined, quality: FixQuality | 'unknown' | undefined) {
  return quality === 'unknown' && status === 'valid' ? undefined : status;
}

/** Whether the receiver vouches for its position for navigation: RMC and GNS, NMEA 4.1 and later. Most say `notProvided`. */
export type NavigationalStatus = (typeof NAVIGATIONAL_STATUS_BY_LETTER)[keyof typeof NAVIGATIONAL_STATUS_BY_LETTER];

/** See {@link NavigationalStatus}. */
export const NAVIGATIONAL_STATUS_BY_LETTER = { S: 'safe', C: 'caution', U: 'unsafe', V: 'notProvided' } as const;

export const NAVIGATIONAL_STATUS_LETTERS = lettersOf(NAVIGATIONAL_STATUS_BY_LETTER);
