/** One comparison of the clock of the host with a receiver. */
export interface ChronySample {
  /** Unix milliseconds by the host's clock, when the epoch came. */
  readonly hostMs: number;
  /** The true time less that of the host. */
  readonly offsetMs: number;
  readonly leapSecond?: 'inserted' | 'deleted' | undefined;
}

/** Size of an encoded sample. */
export const CHRONY_SAMPLE_BYTES = 40;

const MAGIC = 0x534f434b;

/**
 * A datagram of chrony's reference clock SOCK: `struct sock_sample` as a 64-bit machine with little-endian numbers lays it out, the
 * only ones that Waystation runs on. A `struct timeval` of two 64-bit numbers, the offset in seconds as a double, then 32 bits each of
 * `pulse` (0: a full time, no pulse), `leap`, padding, and the magic number.
 *
 * @see https://chrony-project.org/doc/4.3/chrony.conf.html#refclock SOCK
 */
export function encodeChronySample({ hostMs, offsetMs, leapSecond }: ChronySample): Uint8Array {
  const seconds = Math.floor(hostMs / 1000);
  const bytes = new Uint8Array(CHRONY_SAMPLE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(seconds), true);
  view.setBigInt64(8, BigInt(Math.floor((hostMs - seconds * 1000) * 1000)), true);
  view.setFloat64(16, offsetMs / 1000, true);
  view.setInt32(28, leapSecond === undefined ? 0 : LEAP[leapSecond], true);
  view.setInt32(36, MAGIC, true);
  return bytes;
}

/** As in the leap indicator of NTP. @see RFC 5905, 7.3 */
const LEAP = { inserted: 1, deleted: 2 } as const;
