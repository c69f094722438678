import type { Clock } from '#firmware-sim/clock.ts';
import type { EpochAccount } from '#firmware-sim/receiver/epoch-account.ts';
import type { ReceiverEpoch } from '#firmware-sim/receiver/receiver-model.ts';
import type { Ledger } from './ledger.ts';
import type { Values } from './ledger-line.ts';

/**
 * What was made this long before the reader was last seen may be lost with it. An epoch is known to be over when the next one
 * begins, half a second later; then it has to reach the disk.
 */
export const UNDURABLE_MS = 800;

/** The account of the demo's receiver: in the ledger, under the ISO time of each epoch. */
export class GnssAccount implements EpochAccount {
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  get lastUnixMs(): number {
    return Date.parse(this.#ledger.lastKey('gps0') ?? NO_EPOCH);
  }

  make(epoch: ReceiverEpoch, unixMs: number, sentMs: number): void {
    this.#ledger.make('gps0', keyOf(unixMs), sentMs, valuesOf(epoch));
  }

  overrun(unixMs: number): void {
    this.#ledger.overrun('gps0', keyOf(unixMs));
  }

  unheard(lastSeenMs: number): void {
    const untilMs = Math.max(this.#clock.nowMs(), this.#ledger.lastAt('gps0'));
    this.#ledger.unheard('gps0', lastSeenMs - UNDURABLE_MS, untilMs);
  }
}

const NO_EPOCH = '1970-01-01';

function keyOf(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

/** As a gateway names what it reads in the sentences. */
function valuesOf({ dilution, fix, satellites }: ReceiverEpoch): Values {
  if (fix === undefined) return {};
  return {
    latitude: fix.latitudeDeg,
    longitude: fix.longitudeDeg,
    altitudeMsl: fix.altitudeMslM,
    speedKmh: fix.speedMps * 3.6,
    ...(fix.courseDeg === undefined ? {} : { headingDeg: fix.courseDeg }),
    hdop: dilution.hdop,
    satellitesUsed: satellites.filter(({ isUsed }) => isUsed).length,
  };
}
