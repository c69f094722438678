import type { CycleNode } from './cycle-memory.ts';
import type { GnssMessage } from './gnss-message.ts';
import { DAY_MS } from './time-of-day.ts';
import { vouchForFix } from './vouch-for-fix.ts';

/** An epoch in the making: the messages said to belong to one time, or to one cycle of a receiver that does not state the time. */
export class EpochDraft {
  /** Time of day that a message stated, or that its time of week stands for. Unknown until then. */
  keyMs: number | undefined;
  /** GPS time of week, once a UBX message has stated it. */
  itowMs: number | undefined;
  /** Once given out an epoch does not change any more. */
  isGivenOut = false;
  /** Without a word on the fix there is no epoch: time alone, or satellites alone, are none. */
  tellsOfFix = false;
  readonly messages: GnssMessage[] = [];
  /** Addresses of the messages in their order. */
  cycle: CycleNode;

  constructor(cycle: CycleNode) {
    this.cycle = cycle;
  }

  /** @returns false if there is no room */
  add(message: GnssMessage, cycle: CycleNode): boolean {
    if (this.messages.length === MAX_EPOCH_MESSAGES) return false;
    this.messages.push(message);
    this.cycle = cycle;
    if (!this.tellsOfFix && vouchForFix(message) !== undefined) this.tellsOfFix = true;
    return true;
  }

  /**
   * Whether a message of that time is of this epoch: it has the same time of week, or the same time of day within
   * {@link TIME_TOLERANCE_MS}, except that a message that is here already is the next epoch's, however fast they follow.
   */
  isAt(message: GnssMessage, keyMs: number, itowMs: number | undefined): boolean {
    if (itowMs !== undefined && this.itowMs !== undefined) return itowMs === this.itowMs;
    if (keyMs === this.keyMs) return true;
    return this.keyMs !== undefined && isNear(keyMs, this.keyMs) && !this.cycle.includes(message);
  }

  /** Whether a message without a time shows that a new cycle has begun. Only GSA comes several times in a cycle, one straight after the other. */
  isRepeatedBy(message: GnssMessage): boolean {
    if (message.type === 'GSA' && this.messages.at(-1)?.type === 'GSA') return false;
    return this.cycle.includes(message);
  }
}

/** Two dozen types, a few of them from several talkers, GSA once per satellite system: real receivers send at most a dozen. */
export const MAX_EPOCH_MESSAGES = 64;

/**
 * Messages of one epoch may state it so differently: UBX to the nanosecond, sentences in hundredths, rounded or cut off. Receivers are at
 * most so fast that epochs are more than twice as far apart.
 */
export const TIME_TOLERANCE_MS = 15;

/** A leap second is near nothing: it has a time of its own. */
export function isNear(oneMs: number, otherMs: number): boolean {
  const distance = Math.abs(oneMs - otherMs);
  return (
    distance <= TIME_TOLERANCE_MS || (oneMs < DAY_MS && otherMs < DAY_MS && distance >= DAY_MS - TIME_TOLERANCE_MS)
  );
}
