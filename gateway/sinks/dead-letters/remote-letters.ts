import { decodeRecord } from '#gateway/journal/record-codec.ts';
import type { Ask } from '#gateway/journal/remote-journal.ts';
import { invariant } from '#gateway/model/errors.ts';
import type { EncodedLetter, LetterCount, LetterSelection, RedriveResult } from './dead-letter-methods.ts';
import type { DeadLetterReader, LetterPage, LetterQuery, ShownLetter } from './dead-letter-view.ts';

/**
 * The dead letters of a running gateway; the other end of `dead-letter-methods.ts`. The gateway is of this installation, and its type
 * checker has seen that it answers so.
 */
export class RemoteLetters implements DeadLetterReader {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async list(query: LetterQuery): Promise<LetterPage> {
    return (await this.#ask('deadLetters.list', { params: query, waitMs: PATIENCE_MS })) as LetterPage; // See above.
  }

  async show(id: string): Promise<ShownLetter> {
    const { event, ...letter } = (await this.#ask('deadLetters.show', { params: { id } })) as EncodedLetter; // See above.
    const record = decodeRecord(Buffer.from(event.record, 'base64'));
    invariant(
      typeof record !== 'string',
      `The gateway sends records that can be read, not one that is ${String(record)}.`,
    );
    return { ...letter, event: { ...event, record } };
  }

  async count(sink: string | undefined): Promise<LetterCount> {
    return (await this.#ask('deadLetters.count', { params: { sink } })) as LetterCount; // See above.
  }

  async drop(selection: LetterSelection): Promise<{ readonly count: number }> {
    return (await this.#ask('deadLetters.drop', { params: selection, waitMs: PATIENCE_MS })) as { count: number }; // See above.
  }

  async redrive(selection: LetterSelection): Promise<RedriveResult> {
    return (await this.#ask('deadLetters.redrive', { params: selection, waitMs: PATIENCE_MS })) as RedriveResult; // See above.
  }
}

/** A card may take its time. */
const PATIENCE_MS = 60_000;
