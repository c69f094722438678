import type { ClockRuns } from '#gateway/journal/clock-runs.ts';
import type { EncodedRecord } from '#gateway/journal/journal-methods.ts';
import { encodeRecord } from '#gateway/journal/record-codec.ts';
import { WireWriter } from '#gateway/journal/wire-writer.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { isSlug } from '#gateway/model/names.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';
import { DeadLetterView, type LetterQuery, type ShownLetter } from './dead-letter-view.ts';
import { isLetterId, sinkOf } from './letter.ts';
import { MAX_NAMED_LETTERS } from './limits.ts';

/** Which letters a change is for: those named, or all of a sink or of every sink, up to a place. */
export type LetterSelection =
  | { readonly ids: readonly string[] }
  | { readonly sink?: string; readonly through: number };

/** How many letters there are of a sink or of all, and the place of the last. */
export interface LetterCount {
  readonly count: number;
  readonly through: number;
}

/** What became of letters that are to be tried again. */
export interface RedriveResult {
  /** Those that are marked now. */
  readonly count: number;
  /** Those of which too little is kept, and those whose sink is not configured. */
  readonly cutCount: number;
  readonly orphanCount: number;
}

/** `event` with its record as the Protocol Buffers message of the journal, in base64. */
export interface EncodedLetter extends Omit<ShownLetter, 'event'> {
  readonly event: EncodedRecord;
}

/** What `waystation dead-letters` asks a running gateway, as methods of its control socket. */
export function deadLetterMethods(store: DeadLetterStore, sinks: readonly string[], clockRuns: () => ClockRuns) {
  const view = new DeadLetterView(store, clockRuns);
  return {
    'deadLetters.list': (params: unknown) => view.list(parseQuery(params)),
    'deadLetters.count': (params: unknown): LetterCount => {
      let count = 0;
      let through = 0;
      for (const [, { order }] of store.index.behind(0, sinkIn(fieldsOf(params)['sink']).sink)) {
        count++;
        through = order;
      }
      return { count, through };
    },
    'deadLetters.show': async (params: unknown): Promise<EncodedLetter> => {
      const { id } = fieldsOf(params);
      if (typeof id !== 'string' || !isLetterId(id)) throw badParams('the id of a dead letter', id);
      const letter = await view.show(id);
      const wire = new WireWriter(1024);
      encodeRecord(letter.event.record, wire);
      return { ...letter, event: { ...letter.event, record: wire.message().toString('base64') } };
    },
    'deadLetters.drop': async (params: unknown) => {
      let count = 0;
      for (const ids of chunksOf(store, parseSelection(params))) count += await store.drop(ids);
      return { count };
    },
    'deadLetters.redrive': async (params: unknown): Promise<RedriveResult> => {
      const result = { count: 0, cutCount: 0, orphanCount: 0 };
      for (const ids of chunksOf(store, parseSelection(params))) {
        const own = ids.filter((id) => sinks.includes(sinkOf(id)));
        const whole = own.filter((id) => store.index.get(id)?.isCut === false);
        await store.redrive(whole);
        result.count += whole.length;
        result.cutCount += own.length - whole.length;
        result.orphanCount += ids.length - own.length;
      }
      return result;
    },
  };
}

/** One write each: the event loop has other things to do in between. */
function* chunksOf({ index }: DeadLetterStore, selection: LetterSelection): Generator<readonly string[]> {
  if ('ids' in selection) {
    const unknown = selection.ids.find((id) => index.get(id) === undefined);
    if (unknown !== undefined)
      throw new WaystationError('deadLetter.unknown', `Looking for the dead letter ${unknown}: there is none.`);
    yield selection.ids;
    return;
  }
  let chunk: string[] = [];
  for (const [id, { order }] of index.behind(0, selection.sink)) {
    if (order > selection.through) break;
    chunk.push(id);
    if (chunk.length < CHUNK_LETTERS) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

const CHUNK_LETTERS = 2000;

function parseQuery(params: unknown): LetterQuery {
  const { sink, after } = fieldsOf(params);
  return { ...sinkIn(sink), ...(after === undefined ? {} : { after: placeIn('after', after) }) };
}

function parseSelection(params: unknown): LetterSelection {
  const { ids, sink, through } = fieldsOf(params);
  if (ids === undefined) return { ...sinkIn(sink), through: placeIn('through', through) };
  const isList = Array.isArray(ids) && ids.length <= MAX_NAMED_LETTERS;
  if (!isList || !ids.every((id) => typeof id === 'string' && isLetterId(id)))
    throw badParams(`ids of at most ${MAX_NAMED_LETTERS} dead letters`, ids);
  return { ids };
}

function sinkIn(sink: unknown): { readonly sink?: string } {
  if (sink === undefined) return {};
  if (typeof sink !== 'string' || !isSlug(sink)) throw badParams('the id of a sink', sink);
  return { sink };
}

function placeIn(name: string, place: unknown): number {
  if (typeof place === 'number' && Number.isSafeInteger(place) && place >= 0) return place;
  throw badParams(`a place as ${name}`, place);
}

function fieldsOf(params: unknown): Readonly<Record<string, unknown>> {
  return typeof params === 'object' && params !== null ? { ...params } : {};
}

function badParams(expected: string, found: unknown): WaystationError {
  return new WaystationError(
    'gateway.badRequest',
    `Expected ${expected}, found ${JSON.stringify(found)?.slice(0, 200)}.`,
  );
}
