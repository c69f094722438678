import type { JournalStream, LossReason, LostRange, ReadResult } from '#gateway/journal/journal.ts';
import { sampleRecord } from '#gateway/journal/open-test-journal.ts';
import type { RetentionLimits } from '#gateway/journal/retention.ts';
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

/** What retention may drop of a stream; without `overflow` only what its sink has. */
type DropRules = Partial<Pick<RetentionLimits, 'maxAgeMs' | 'overflow'>>;

interface AppendOptions {
  readonly sizeBytes: number;
  /** Whether a record is durable when it is answered, and not only written. */
  readonly isAnsweredSynced: boolean;
}

/** What an outside observer knows of one stream over all its lives, and demands of it. */
export class StreamObserver {
  readonly name: string;
  /** Every record that was ever given a sequence, as it must come back if it does. */
  readonly #assigned = new Map<number, Set<string>>();
  /** Records that must be there from now on, and why. */
  readonly #promised = new Map<number, Promised>();
  /** Records that were answered, but may not be on the disk yet. */
  readonly #answered = new Map<number, Promised>();
  /** Records of this life that have had no answer yet. */
  readonly #unanswered = new Set<string>();
  readonly #limits: DropRules;
  /** The furthest that its only sink ever came, and where it stands. */
  #passedSequence = 0;
  #sinkSequence = 0;
  /** Whether it has a sink, configured or not. */
  #isOwned = true;
  #isAnsweredEarly = false;
  /** All that was ever appended. */
  readonly #texts = new Set<string>();
  /**
   * What was refused, or answered before a sync that never came, may have been written; it comes back if what was written over it,
   * or behind it, is damaged.
   */
  readonly #givenUp = new Set<string>();
  /** Where each epoch began. */
  readonly #machines = new Map<string, number>();
  /** That of the last record that is there. */
  #latestEpoch: { readonly sequence: number; readonly epoch: string; readonly machine: number | undefined } | undefined;

  constructor(name: string, limits: DropRules) {
    this.name = name;
    this.#limits = limits;
  }

  /** A new life begins. @param machine where */
  open(stream: JournalStream, machine: number, { mayBeDamaged }: Excuses): void {
    this.expectUpTo(this.lastAnswered);
    this.#unanswered.clear();
    const latest = this.#latestEpoch;
    const isElsewhere = latest !== undefined && latest.machine !== machine;
    if (mayBeDamaged) {
      // What a lying disk loses at the end cannot be told from what was never written.
      for (const sequence of this.#promised.keys()) {
        if (sequence > stream.syncedSequence) this.#promised.delete(sequence);
      }
      this.#latestEpoch = undefined;
    } else if (latest !== undefined && (stream.epoch !== latest.epoch) !== isElsewhere) {
      throw new Violation('J3', `${this.name} ${isElsewhere ? 'was moved and began no' : 'began a'} new epoch`);
    }
    this.#machines.set(stream.epoch, machine);
    const highest = Math.max(0, ...this.#promised.keys());
    if (highest > stream.syncedSequence) {
      throw this.#missing(highest, `after opening, ${this.name} ends at ${stream.syncedSequence}`);
    }
  }

  /** Appends a record that is like no other. Resolves when it is answered. */
  append(stream: JournalStream, { sizeBytes, isAnsweredSynced }: AppendOptions, excuses: () => Excuses): Promise<void> {
    const text = `${this.name} ${this.#texts.size + 1} `.padEnd(sizeBytes, 'x');
    return new Promise((resolve, reject) => {
      const answer = (error?: WaystationError) => {
        this.#unanswered.delete(text);
        if (error === undefined) {
          const { epoch } = stream;
          this.#answered.set(sequence, { epoch, text: `${epoch} ${text}`, why: 'was acknowledged' });
          if (isAnsweredSynced) this.expectUpTo(sequence);
          else this.#isAnsweredEarly = true;
          return resolve();
        }
        this.#givenUp.add(`${stream.epoch} ${text}`);
        const isQuota = this.#limits.overflow === 'rejectNew' && this.#lastKnown(stream) > this.#sinkSequence;
        const refusal = isQuota && error.code === 'journal.quota' ? undefined : wrongRefusal(error, excuses());
        return refusal === undefined ? resolve() : reject(refusal);
      };
      this.#unanswered.add(text);
      const sequence: number = stream.append(sampleRecord(text), answer);
      const texts = this.#assigned.get(sequence) ?? new Set();
      this.#assigned.set(sequence, texts.add(`${stream.epoch} ${text}`));
      this.#texts.add(`${stream.epoch} ${text}`);
    });
  }

  /** Nothing that was appended in this life still waits for its answer. */
  expectAnswers(): void {
    const [first] = this.#unanswered;
    if (first !== undefined) throw new Violation('J1', `${brief(first)} was not answered in time`);
  }

  /** The highest sequence of this life that was answered and is not expected yet. */
  get lastAnswered(): number {
    return Math.max(0, ...this.#answered.keys());
  }

  /** From now on what was answered, up to a sequence, must be there. */
  expectUpTo(sequence: number): void {
    for (const [answered, promised] of this.#answered) {
      if (answered > sequence) continue;
      this.#answered.delete(answered);
      this.#promised.set(answered, promised);
      this.#noteEpoch(answered, promised.epoch);
    }
  }

  /** What was answered and is not expected yet may be gone. */
  forgetAnswered(): void {
    for (const { text } of this.#answered.values()) this.#givenUp.add(text);
    this.#answered.clear();
  }

  /** Its only sink has everything up to there: that may go where space is needed. */
  pass(sequence: number): void {
    this.#passedSequence = Math.max(this.#passedSequence, sequence);
    this.#sinkSequence = sequence;
  }

  /** Its only sink goes on behind a sequence: a crash may have put it back. What went while it had none is gone. */
  resume(sequence: number, oldestSequence: number): void {
    if (!this.#isOwned) this.#passedSequence = Math.max(this.#passedSequence, oldestSequence - 1);
    this.#isOwned = true;
    this.#sinkSequence = sequence;
  }

  /** Its only sink may be given up. */
  disowning(): void {
    this.#isOwned = false;
  }

  /** It has no sink: nothing that is kept keeps anything out. */
  disown(): void {
    this.#isOwned = false;
    this.#sinkSequence = Infinity;
  }

  /** Reads everything, and checks that it is all that there must be. */
  async readAll(stream: JournalStream, maxEvents: number, excuses: () => Excuses): Promise<void> {
    const target = stream.syncedSequence;
    for (let from = 1; from <= target; ) from = (await this.read(stream, from, maxEvents, excuses)).nextSequence;
  }

  /** Reads on from a sequence, and checks what comes. */
  async read(stream: JournalStream, from: number, maxEvents: number, excuses: () => Excuses) {
    this.expectUpTo(stream.syncedSequence);
    const result = await stream.read(from, { maxEvents, maxBytes: 16_384 });
    const { records, lost, nextSequence } = result;
    for (const range of lost) this.#checkLoss(range, stream.oldestSequence, excuses());
    for (const record of records) this.#checkRecord(record, excuses());
    let expected = from;
    for (const part of inOrder(result)) {
      if (part.from !== expected) throw this.#missing(expected, `reading from ${from} gave ${describeResult(result)}`);
      expected = part.to + 1;
    }
    if (expected !== nextSequence) throw this.#missing(expected, `reading from ${from} gave ${describeResult(result)}`);
    return { nextSequence, lastForwarded: records.at(-1)?.sequence };
  }

  #lastKnown({ syncedSequence }: JournalStream): number {
    return Math.max(syncedSequence, this.lastAnswered, ...this.#promised.keys());
  }

  #checkLoss({ from, to, reason }: LostRange, oldestSequence: number, { mayBeDamaged }: Excuses): void {
    if (mayBeDamaged || this.#mayDrop(to, reason)) {
      // It does not come back: what is reported lost is so for ever.
      for (let sequence = from; sequence <= to; sequence++) this.#promised.delete(sequence);
      return;
    }
    const isExpected = this.#promised.keys().some((sequence) => from <= sequence && sequence <= to);
    // Where syncs come late, a power cut may keep a later frame and not one before it.
    if (this.#isAnsweredEarly && !isExpected && reason === 'damaged') return;
    if (this.#limits.overflow !== undefined && to < oldestSequence) {
      throw new Violation('J9', `${this.name} dropped ${from} to ${to} without writing it down: ${reason}`);
    }
    throw this.#missing(from, `${from} to ${to} is reported lost for the reason ${reason}`);
  }

  #mayDrop(to: number, reason: LossReason): boolean {
    if (reason === 'age') return this.#limits.maxAgeMs !== undefined;
    if (reason !== 'quota') return false;
    return this.#limits.overflow === 'dropOldest' || !this.#isOwned || to <= this.#passedSequence;
  }

  #checkRecord({ sequence, epoch, record }: StoredRecord, { mayBeDamaged }: Excuses): void {
    const found = Buffer.from(record.payload).toString();
    const text = `${epoch} ${found}`;
    const isKnown = this.#assigned.get(sequence)?.has(text) ?? false;
    if (!isKnown && !this.#isEpochRecord(sequence, record.topic, found)) {
      const invariant = this.#texts.has(text) ? 'J4' : 'J5';
      throw new Violation(invariant, `${this.name} ${sequence} is ${brief(text)}, which nobody appended there`);
    }
    const promised = this.#promised.get(sequence);
    if (
      promised !== undefined &&
      promised.text !== text &&
      !(mayBeDamaged && (promised.epoch !== epoch || this.#givenUp.has(text)))
    ) {
      const found = `${promised.why} as ${brief(promised.text)}, and is ${brief(text)}`;
      throw new Violation('J3', `${this.name} ${sequence} ${found}`);
    }
    if (promised === undefined) this.#promised.set(sequence, { epoch, text, why: 'was read' });
    this.#noteEpoch(sequence, epoch);
  }

  #noteEpoch(sequence: number, epoch: string): void {
    if (sequence < (this.#latestEpoch?.sequence ?? 0)) return;
    this.#latestEpoch = { sequence, epoch, machine: this.#machines.get(epoch) };
  }

  /** Whether it is the first of its epoch, and names the one before [J3]. */
  #isEpochRecord(sequence: number, topic: string, text: string): boolean {
    if (topic !== 'events/gateway.epoch') return false;
    const { previousEpoch, previousLastSequence } = JSON.parse(text).data;
    return previousLastSequence === sequence - 1 && this.#machines.has(previousEpoch);
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
  readonly epoch: string;
  readonly text: string;
  readonly why: 'was acknowledged' | 'was read';
}

function wrongRefusal({ code, message }: WaystationError, { mayFail, mayBeFull }: Excuses): Violation | undefined {
  if (mayFail && (code === 'journal.failed' || code === 'journal.full')) return undefined;
  if (mayBeFull && code === 'journal.full') return undefined;
  return new Violation('J7', `a record was refused without need: ${code}, ${message}`);
}

/** What was read, as ranges of sequences. */
function inOrder({ records, lost }: ReadResult): readonly { readonly from: number; readonly to: number }[] {
  const parts = [...lost, ...records.map(({ sequence }) => ({ from: sequence, to: sequence }))];
  return parts.toSorted((a, b) => a.from - b.from);
}

function describeResult(result: ReadResult): string {
  const parts = inOrder(result).map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  return `${parts.join(', ') || 'nothing'}, to be read on from ${result.nextSequence}`;
}

function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
