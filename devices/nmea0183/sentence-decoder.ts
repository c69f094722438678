import type { Decoded } from '#devices/decoded.ts';
import { ADDRESS_CHARS, AddressBook, type SentenceAddress } from './address-book.ts';
import { ChecksumTrust } from './checksum-trust.ts';
import { FieldReader, type FieldRejection } from './field-reader.ts';
import type { GnssSentence } from './gnss-sentence.ts';
import { judgeLine, type LineVerdict } from './line-checksum.ts';
import { decodePubx00 } from './pubx00.ts';
import { RepeatedLines } from './repeated-lines.ts';

/**
 * The lines of one receiver to its sentences: checksum, address, fields. What says nothing of an epoch (TXT, most proprietary sentences)
 * is passed over, what is no sound sentence is counted and dropped. It never guesses at a line that lacks something.
 *
 * Where to read on: `field-reader.ts`, `gga.ts` and its like, and `checksum-trust.ts` for receivers that send no checksums.
 */
export class SentenceDecoder {
  readonly #onSentence: (sentence: GnssSentence) => void;
  readonly #read = new FieldReader();
  readonly #addresses = new AddressBook();
  readonly #repeated = new RepeatedLines();
  readonly #trust = new ChecksumTrust();
  /** Sentences without a checksum that may come to be trusted, and all that came since, so that the order stays. */
  readonly #held: HeldSentence[] = [];
  readonly #counts: { [Reason in LineRejection | 'unreadable-field']?: number } = {};
  #soundLines = 0;

  constructor(onSentence: (sentence: GnssSentence) => void) {
    this.#onSentence = onSentence;
  }

  /** Lines of any type whose checksum was right, or that are trusted without one. */
  get soundLines(): number {
    return this.#soundLines;
  }

  /** Lines refused since the start, by reason; and fields that could not be read of sentences that count all the same. */
  get counts(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }

  /** Reads one line, `$` or `!` first, without its line ending. The bytes are not kept. */
  decode(bytes: Uint8Array, start: number, end: number): void {
    let lineEnd = end;
    while (lineEnd > start && bytes[lineEnd - 1] === SPACE) lineEnd--;
    const known = this.#repeated.recall(bytes, start, lineEnd);
    if (known !== undefined) {
      this.#soundLines++;
      this.#give(known);
      return;
    }
    const verdict = judgeLine(bytes, start, lineEnd);
    if (verdict === 'right') {
      this.#soundLines++;
      this.#decodeChecked(bytes, start + 1, lineEnd - CHECKSUM_CHARS);
    } else if (verdict === 'no-checksum') {
      this.#decodeUnchecked(bytes, start + 1, bytes[lineEnd - 1] === ASTERISK ? lineEnd - 1 : lineEnd);
    } else {
      this.#refuseDamaged(verdict);
    }
  }

  /** The input has ended, or the receiver is silent: sentences that wait for others to be trusted are given up. */
  flush(): void {
    this.#giveUpHeld();
  }

  #decodeChecked(bytes: Uint8Array, start: number, end: number): void {
    const address = this.#addresses.find(bytes, start);
    if (address !== undefined) {
      this.#confirm(address);
      this.#read.open(bytes, start + ADDRESS_CHARS + 1, end);
      const result = address.kind.decode(this.#read, address.talker);
      if (address.kind.isRepetitive && result.isDecoded && this.#read.faults === 0) {
        this.#repeated.remember(bytes, start - 1, end + CHECKSUM_CHARS, result.value);
      }
      this.#takeChecked(result);
    } else if (isPubx00(bytes, start)) {
      this.#read.open(bytes, start + PUBX_00.length, end);
      this.#takeChecked(decodePubx00(this.#read, 'P'));
    }
  }

  #takeChecked(result: Decoded<GnssSentence, FieldRejection>): void {
    if (!result.isDecoded) {
      this.#count(result.reason);
      return;
    }
    if (this.#read.faults > 0) this.#count('unreadable-field', this.#read.faults);
    this.#give(result.value);
  }

  #give(sentence: GnssSentence): void {
    if (this.#held.length === 0) this.#onSentence(sentence);
    else this.#hold({ sentence });
  }

  #decodeUnchecked(bytes: Uint8Array, start: number, end: number): void {
    const address = this.#addresses.find(bytes, start);
    if (address === undefined) {
      this.#count('no-checksum');
      return;
    }
    this.#read.open(bytes, start + ADDRESS_CHARS + 1, end);
    const isComplete = address.kind.fieldCounts.includes(this.#read.countFields());
    const result = address.kind.decode(this.#read, address.talker);
    const isWhole = isComplete && result.isDecoded && this.#read.faults === 0;
    const trust = isWhole ? this.#trust.judge(address) : 'refused';
    if (!result.isDecoded || trust === 'refused') {
      this.#refuseDamaged('no-checksum');
      return;
    }
    if (trust === 'untried') {
      this.#hold({ sentence: result.value, uncheckedAddress: address });
      return;
    }
    this.#soundLines++;
    for (const { sentence } of this.#held.splice(0)) this.#onSentence(sentence);
    this.#onSentence(result.value);
  }

  /** An address has come with its checksum: those held that came without had lost it. */
  #confirm(address: SentenceAddress): void {
    if (address.isChecked) return;
    address.isChecked = true;
    if (!this.#held.some(({ uncheckedAddress }) => uncheckedAddress === address)) return;
    this.#trust.sawDamage();
    this.#giveUpHeld();
  }

  #hold(held: HeldSentence): void {
    this.#held.push(held);
    if (this.#held.length === MAX_HELD) this.#giveUpHeld();
  }

  #giveUpHeld(): void {
    for (const { sentence, uncheckedAddress } of this.#held.splice(0)) {
      if (uncheckedAddress === undefined) this.#onSentence(sentence);
      else this.#count('no-checksum');
    }
  }

  /** A line that tells of damage on the way. */
  #refuseDamaged(reason: LineRejection): void {
    this.#trust.sawDamage();
    this.#giveUpHeld();
    this.#count(reason);
  }

  #count(reason: LineRejection | 'unreadable-field', count = 1): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + count;
  }
}

/** Why a line is refused. */
export type LineRejection = Exclude<LineVerdict, 'right'> | FieldRejection;

interface HeldSentence {
  readonly sentence: GnssSentence;
  /** Of a sentence without a checksum. */
  readonly uncheckedAddress?: SentenceAddress;
}

/** More than a receiver says in the time that it takes to be trusted. */
const MAX_HELD = 64;

const CHECKSUM_CHARS = '*hh'.length;

const SPACE = 0x20;
const ASTERISK = 0x2a;
const PUBX_00 = Buffer.from('PUBX,00,', 'latin1');

function isPubx00(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === PUBX_00[0] && PUBX_00.every((byte, index) => bytes[start + index] === byte);
}
