import { WaystationError } from '#gateway/model/errors.ts';
import { isTopicFilter } from '#gateway/model/topic-filter.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { StatefulJournal } from './journal.ts';
import type { ReadPart, ReadQuery, TimedRecord } from './journal-reader.ts';
import { JournalView } from './journal-view.ts';
import { LIVE_REST_FACTOR, MAX_ANSWER_RECORD_BYTES } from './limits.ts';
import { encodeRecord } from './record-codec.ts';
import { WireWriter } from './wire-writer.ts';

/**
 * What `waystation journal` asks a running gateway, as methods of its control socket; `docs/control-socket.md` describes them.
 * The other end is `remote-journal.ts`.
 */
export function journalMethods(journal: StatefulJournal, clock: Clock) {
  const reader = new JournalView(journal, clock, LIVE_REST_FACTOR);
  return {
    'journal.stat': async () => ({ ...(await reader.stat()), wear: journal.status().wear }),
    'journal.read': async (params: unknown, signal: AbortSignal) =>
      encodePart(await reader.read(parseQuery(params), signal)),
    'journal.locate': (params: unknown) => {
      const { stream, unixMs } = fieldsOf(params);
      if (typeof stream !== 'string' || typeof unixMs !== 'number') throw badParams('stream and unixMs', params);
      return reader.locate(stream, unixMs);
    },
  };
}

/** An answer to `journal.read`. Records travel as the Protocol Buffers message of the journal: nothing of them is lost on the way. */
export interface EncodedPart extends Omit<ReadPart, 'records'> {
  readonly records: readonly EncodedRecord[];
}

/** See {@link EncodedPart}. */
export interface EncodedRecord extends Omit<TimedRecord, 'record'> {
  /** `EventRecord` of `docs/journal-format.md` in base64. */
  readonly record: string;
}

function encodePart(part: ReadPart): EncodedPart {
  const wire = new WireWriter(1024);
  const records: EncodedRecord[] = [];
  let sizeBytes = 0;
  for (const timed of part.records) {
    wire.truncate(0);
    encodeRecord(timed.record, wire);
    sizeBytes += wire.sizeBytes;
    if (records.length > 0 && sizeBytes > MAX_ANSWER_RECORD_BYTES) {
      return { ...part, records, nextSequence: timed.sequence };
    }
    records.push({ ...timed, record: wire.message().toString('base64') });
  }
  return { ...part, records };
}

function parseQuery(params: unknown): ReadQuery {
  const { stream, from, topic, waitMs } = fieldsOf(params);
  if (typeof stream !== 'string') throw badParams('a stream', stream);
  if (typeof from !== 'number' || !Number.isSafeInteger(from) || from < 0) throw badParams('a sequence as from', from);
  if (topic !== undefined && (typeof topic !== 'string' || !isTopicFilter(topic)))
    throw badParams('a topic filter', topic);
  if (waitMs !== undefined && (typeof waitMs !== 'number' || !(waitMs >= 0))) throw badParams('a wait in ms', waitMs);
  return { stream, from, ...(topic === undefined ? {} : { topic }), ...(waitMs === undefined ? {} : { waitMs }) };
}

function fieldsOf(params: unknown): Readonly<Record<string, unknown>> {
  return typeof params === 'object' && params !== null ? { ...params } : {};
}

function badParams(expected: string, found: unknown): WaystationError {
  return new WaystationError('gateway.badRequest', `Expected ${expected}, found ${JSON.stringify(found)}.`);
}
