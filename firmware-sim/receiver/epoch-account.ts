import type { ReceiverEpoch } from './receiver-model.ts';

/** Whoever keeps account of what a receiver sends. */
export interface EpochAccount {
  /** Of the newest epoch so far, in any run. */
  readonly lastUnixMs: number;
  /**
   * To be called before the first byte leaves.
   *
   * @param unixMs UTC of the epoch
   * @param sentMs when its last byte will have left
   */
  make(epoch: ReceiverEpoch, unixMs: number, sentMs: number): void;
  /** Some of its bytes were lost. */
  overrun(unixMs: number): void;
  /** The reader has gone. @param lastSeenMs when it was certainly there */
  unheard(lastSeenMs: number): void;
}

/** Of a receiver that nobody holds to account. */
export const NO_ACCOUNT: EpochAccount = {
  lastUnixMs: Number.NEGATIVE_INFINITY,
  make: () => {},
  overrun: () => {},
  unheard: () => {},
};
