import type { JournalStream } from '#gateway/journal/journal.ts';
import { sampleRecord } from '#gateway/journal/open-test-journal.ts';
import type { WaystationError } from '#gateway/model/errors.ts';
import type { StoredRecord } from '#gateway/model/message.ts';
import { Violation } from './violation.ts';

/** What excuses what: the observer is told how the disk was, and knows what a journal may do on such a disk. */
export interface Excuses {
  /** The disk has lied, or could not be read: records may be gone, but not in silence. */
  readonly mayBeDamaged: boolean;
  /** Calls of this life may fail for another reason than space. */
  readonly mayFail: boolean;
  /** Calls of this life may find no space. */
  readonly mayBeFull: boolean;
}

/** What an outside observer knows of one stream over all its lives, and demands of it. */
export class StreamObserver {
  readonly name: string;
  /** Every record that was ever given a sequence, as it must come back if it does. */
  readonly #assigned = new Map<number, Set<string>>();
  /** Records that must be there from now on, and why. */
  readonly #promised = new Map<number, Promised>();
  /** All that was ever appended. */
  readonly #texts = new Set<string>();
  #epoch: string | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** A new life begins. */
  open(stream: JournalStream, { mayBeDamaged }: Excuses): void {
    if (mayBeDamaged) {
      // What a lying disk loses at the end cannot be told from what was never written.
      for (const sequence of this.#promised.keys()) {
        if (sequence > stream.syncedSequence) this.#promised.delete(sequence);
      }
    } else if (this.#epoch !== undefined && stream.epoch !== this.#epoch) {
      throw new Violation('J3', `${this.name} began a new epoch without need`);
    }
    if (this.#promised.size > 0) this.#epoch = stream.epoch;
    const highest = Math.max(0, ...this.#promised.keys());
    if (highest > stream.syncedSequence) {
      throw this.#missing(highest, `after opening, ${this.name} ends at ${stream.syncedSequence}`);
    }
  }

  /** Appends a record that is like no other. Resolves when it is answered. */
  append(stream: JournalStream, sizeBytes: number, excuses: () => Excuses): Promise<void> {
    const text = `${this.name} ${this.#texts.size + 1} `.padEnd(sizeBytes, 'x');
    return new Promise((resolve, reject) => {
      const answer = (error?: WaystationError) => {
        if (error === undefined) {
          this.#promised.set(sequence, { text: `${stream.epoch} ${text}`, why: 'was acknowledged' });
          this.#epoch = stream.epoch;
          return resolve();
        }
        const refusal = wrongRefusal(error, excuses());
        return refusal === undefined ? resolve() : reject(refusal);
      };
      const sequence: number = stream.append(sampleRecord(text), answer);
      const texts = this.#assigned.get(sequence) ?? new Set();
      this.#assigned.set(sequence, texts.add(`${stream.epoch} ${text}`));
      this.#texts.add(`${stream.epoch} ${text}`);
    });
  }

  /** Reads everything, and checks that it is all that there must be. */
  async readAll(stream: JournalStream, maxEvents: number, excuses: () => Excuses): Promise<void> {
    const target = stream.syncedSequence;
    for (let from = 1; from <= target; ) from = (await this.read(stream, from, maxEvents, excuses)).nextSequence;
  }

  /** Reads on from a sequence, and checks what comes. */
  async read(stream: JournalStream, from: number, maxEvents: number, excuses: () => Excuses) {
    const target = stream.syncedSequence;
    const records = await stream.read(from, { maxEvents, maxBytes: 16_384 });
    let expected = from;
    for (const record of records) {
      this.#checkGap(expected, record.sequence, excuses());
      this.#checkRecord(record, excuses());
      expected = record.sequence + 1;
    }
    if (records.length === 0) {
      this.#checkGap(expected, target + 1, excuses());
      expected = target + 1;
    }
    return { nextSequence: expected, lastForwarded: records.at(-1)?.sequence };
  }

  #checkGap(from: number, next: number, { mayBeDamaged }: Excuses): void {
    if (next < from) throw new Violation('J3', `${this.name} gave sequence ${next} where ${from} was due`);
    if (next === from || mayBeDamaged) return;
    throw this.#missing(from, `nothing was read from ${from} to ${next - 1}`);
  }

  #checkRecord({ sequence, epoch, record }: StoredRecord, { mayBeDamaged }: Excuses): void {
    const found = Buffer.from(record.payload).toString();
    const text = `${epoch} ${found}`;
    const isKnown = this.#assigned.get(sequence)?.has(text) ?? false;
    if (!isKnown && !(mayBeDamaged && isEpochRecord(sequence, record.topic, found))) {
      const invariant = this.#texts.has(text) ? 'J4' : 'J5';
      throw new Violation(invariant, `${this.name} ${sequence} is ${brief(text)}, which nobody appended there`);
    }
    const promised = this.#promised.get(sequence);
    if (promised !== undefined && promised.text !== text) {
      const found = `${promised.why} as ${brief(promised.text)}, and is ${brief(text)}`;
      throw new Violation('J3', `${this.name} ${sequence} ${found}`);
    }
    if (promised === undefined) this.#promised.set(sequence, { text, why: 'was read' });
    this.#epoch ??= epoch;
  }

  #missing(sequence: number, found: string): Violation {
    const promised = this.#promised.get(sequence);
    if (promised?.why === 'was acknowledged') {
      return new Violation('J1', `${this.name} ${sequence} was acknowledged and is not there: ${found}`);
    }
    return new Violation(
      'J2',
      `${this.name} ${sequence} ${promised?.why ?? 'precedes others'} and is not there: ${found}`,
    );
  }
}

interface Promised {
  readonly text: string;
  readonly why: 'was acknowledged' | 'was read';
}

function wrongRefusal({ code, message }: WaystationError, { mayFail, mayBeFull }: Excuses): Violation | undefined {
  if (mayFail && (code === 'journal.failed' || code === 'journal.full')) return undefined;
  if (mayBeFull && code === 'journal.full') return undefined;
  return new Violation('J7', `a record was refused without need: ${code}, ${message}`);
}

function isEpochRecord(sequence: number, topic: string, text: string): boolean {
  return topic === 'events/gateway.epoch' && JSON.parse(text).data.previousLastSequence === sequence - 1;
}

function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
