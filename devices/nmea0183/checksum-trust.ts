import type { SentenceAddress } from './address-book.ts';

/**
 * Decides whether sentences without a checksum count. Before NMEA 0183 2.3 most sentences need not have one, and receivers of that time
 * send none. On any other receiver a line without one has lost its end, and maybe more: it must never count.
 *
 * A sentence without a checksum is *trusted* if its address never came with one, and {@link ROW_LENGTH} such sentences have come in a
 * row, each of them whole by the standard of its type. Any sign of damage begins the row anew. Sentences of other addresses that have
 * their checksum do not: in NMEA 2.0 RMC must have one where GGA need not.
 *
 * @see docs/decisions/0014-without-a-checksum.md
 */
export class ChecksumTrust {
  #row = 0;

  /** Takes note of a line that was damaged. */
  sawDamage(): void {
    this.#row = 0;
  }

  /** Judges a sentence without a checksum that is whole in all else; `untried` may come to be trusted with those that follow. */
  judge(address: Readonly<SentenceAddress>): 'trusted' | 'untried' | 'refused' {
    if (address.isChecked) return 'refused';
    if (this.#row < ROW_LENGTH) this.#row++;
    return this.#row === ROW_LENGTH ? 'trusted' : 'untried';
  }
}

/** Damage that takes the checksum and nothing else of so many sentences in a row is not damage. */
export const ROW_LENGTH = 4;
