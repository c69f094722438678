import type { JournalStream } from '#gateway/journal/journal.ts';
import { MAX_STATE_UNANSWERED_BYTES } from '#gateway/journal/limits.ts';
import type { WaystationError } from '#gateway/model/errors.ts';
import type { StatePlace } from './state-index.ts';
import { type EncodedStateRecord, encodeStateRecords, type StateChange, type StateRecordKind } from './state-record.ts';

/** What stands in the log now. */
export interface AppendedState {
  /** Undefined for a key that is deleted. */
  readonly places: ReadonlyMap<string, StatePlace | undefined>;
  readonly sizeBytes: number;
}

/**
 * Appends changes as one write, or as copies. Resolves when all of it is synced, or with why it is not: then any part of it may
 * stand in the log, until something else is appended behind.
 */
export async function appendStateRecords(
  stream: JournalStream,
  changes: Iterable<StateChange>,
  kind: StateRecordKind,
): Promise<AppendedState | WaystationError> {
  const places = new Map<string, StatePlace | undefined>();
  let sizeBytes = 0;
  let unanswered: Promise<WaystationError | undefined>[] = [];
  let unansweredBytes = 0;
  for (const encoded of encodeStateRecords(changes, kind)) {
    unanswered.push(append(stream, encoded, places));
    sizeBytes += encoded.sizeBytes;
    unansweredBytes += encoded.sizeBytes;
    if (unansweredBytes < MAX_STATE_UNANSWERED_BYTES) continue;
    const failure = await firstFailure(unanswered);
    if (failure !== undefined) return failure;
    unanswered = [];
    unansweredBytes = 0;
  }
  return (await firstFailure(unanswered)) ?? { places, sizeBytes };
}

function append(
  stream: JournalStream,
  { record, sizes }: EncodedStateRecord,
  places: Map<string, StatePlace | undefined>,
): Promise<WaystationError | undefined> {
  return new Promise((resolve) => {
    const sequence = stream.append(record, resolve);
    for (const [key, sizeBytes] of sizes) places.set(key, sizeBytes === 0 ? undefined : { sequence, sizeBytes });
  });
}

async function firstFailure(
  answers: readonly Promise<WaystationError | undefined>[],
): Promise<WaystationError | undefined> {
  return (await Promise.all(answers)).find((answer) => answer !== undefined);
}
