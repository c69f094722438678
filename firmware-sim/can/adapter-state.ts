import { SLCAN_STATUS_FLAGS } from '#devices/can/slcan/slcan-item.ts';
import type { ErrorFlag } from './can-spec.ts';

/** What is wrong with an adapter, as its status tells it. Times are those of whoever asks. */
export class AdapterState {
  /** It has left the bus, until its channel is closed and opened again. */
  isBusOff = false;
  #hasOverrun = false;
  #flags: readonly ErrorFlag[] = [];
  #flaggedUntilMs = Number.NEGATIVE_INFINITY;

  /** A frame was lost; the next reading of the status says so. */
  overrun(): void {
    this.#hasOverrun = true;
  }

  flag(flags: readonly ErrorFlag[], untilMs: number): void {
    this.#flags = flags;
    this.#flaggedUntilMs = untilMs;
  }

  /**
   * The status, `F` of Lawicel; what has happened is forgotten with it, what is so stays.
   *
   * @param isDeaf the bus has another bit rate than the host believes: it is all errors
   */
  read(nowMs: number, isDeaf: boolean): number {
    const shown = new Set<ErrorFlag>(nowMs < this.#flaggedUntilMs ? this.#flags : []);
    if (this.isBusOff || isDeaf) for (const flag of ['warning', 'passive', 'busError'] as const) shown.add(flag);
    let bits = this.#hasOverrun ? SLCAN_STATUS_FLAGS.receiveQueueFull | SLCAN_STATUS_FLAGS.dataOverrun : 0;
    for (const flag of shown) bits |= FLAG_BITS[flag];
    this.#hasOverrun = false;
    return bits;
  }

  /** As after the adapter was without power. */
  reset(): void {
    this.isBusOff = false;
    this.#hasOverrun = false;
  }
}

const FLAG_BITS: Readonly<Record<ErrorFlag, number>> = {
  warning: SLCAN_STATUS_FLAGS.errorWarning,
  passive: SLCAN_STATUS_FLAGS.errorPassive,
  busError: SLCAN_STATUS_FLAGS.busError,
};
