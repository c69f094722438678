import { invariant } from '#gateway/model/errors.ts';
import type { EncodedPart, EncodedRecord } from './journal-methods.ts';
import type { JournalReader, JournalStat, ReadPart, ReadQuery, TimedRecord } from './journal-reader.ts';
import { decodeRecord } from './record-codec.ts';

/** Asks the gateway that runs; `askGateway` with its folder. */
export type Ask = (
  method: string,
  options?: { readonly params?: object; readonly waitMs?: number; readonly signal?: AbortSignal },
) => Promise<unknown>;

/**
 * The journal of a running gateway; the other end of `journal-methods.ts`. The gateway is of this installation, and its type
 * checker has seen that it answers so.
 */
export class RemoteJournal implements JournalReader {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async stat(): Promise<JournalStat> {
    return (await this.#ask('journal.stat')) as JournalStat; // See above.
  }

  async read(query: ReadQuery, signal?: AbortSignal): Promise<ReadPart> {
    const { waitMs = 0 } = query;
    const options = { params: query, waitMs, ...(signal === undefined ? {} : { signal }) };
    const part = (await this.#ask('journal.read', options)) as EncodedPart; // See above.
    return { ...part, records: part.records.map(decodeTimed) };
  }

  async locate(stream: string, unixMs: number): Promise<number> {
    return (await this.#ask('journal.locate', { params: { stream, unixMs } })) as number; // See above.
  }
}

function decodeTimed(encoded: EncodedRecord): TimedRecord {
  const record = decodeRecord(Buffer.from(encoded.record, 'base64'));
  invariant(
    typeof record !== 'string',
    `The gateway sends records that can be read, not one that is ${String(record)}.`,
  );
  return { ...encoded, record };
}
