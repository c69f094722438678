import type { Epoch, StreamId } from '#gateway/model/message.ts';
import { CopyOnWriteStorage } from './copy-on-write-storage.ts';
import { CURSOR_CODEC } from './cursor-position.ts';
import { LOSS_CODEC, LOSS_LOG_NAME } from './loss-log.ts';
import { parseSegmentName, segmentPath } from './segment.ts';
import { BLOCK_BYTES, FRAMES_OFFSET, type SegmentHeader } from './segment-header.ts';
import { type SlotCodec, SlotFile } from './slot-file.ts';
import type { Storage } from './storage.ts';
import type { Damage } from './verify-segment.ts';
import { loadSegments, walkSegments } from './walk-segments.ts';

/** What {@link verifyJournal} needs. */
export interface VerifyOptions {
  readonly storage: Storage;
  readonly directory: string;
  /** With the mark up to which a running gateway vouches for what is there; all there is where none runs. */
  readonly streams: readonly { readonly id: StreamId; readonly syncedSequence?: number }[];
  /** Called with bytes that have been read. */
  readonly onRead: (sizeBytes: number) => void;
}

/**
 * Reads everything that a journal has on disk and tells what is damaged. Nothing is written, a gateway may run meanwhile, and
 * memory holds a frame, whatever the size.
 */
export async function* verifyJournal(options: VerifyOptions): AsyncGenerator<Damage> {
  for (const { id, syncedSequence = Number.POSITIVE_INFINITY } of options.streams) {
    yield* verifyStream(options, id, syncedSequence);
  }
  yield* verifyCursors(options);
}

/** Bytes that {@link verifyJournal} will read, about: a segment need not be full. */
export async function measureJournal({ storage, directory, streams }: Omit<VerifyOptions, 'onRead'>): Promise<number> {
  let sizeBytes = 0;
  for (const { id: stream } of streams) {
    for (const { loaded } of await loadSegments({ storage, folder: `${directory}/streams/${stream}`, stream })) {
      if (typeof loaded !== 'string') sizeBytes += (loaded.segment.endOffset ?? loaded.segment.fileBytes) - BLOCK_BYTES;
    }
  }
  return sizeBytes;
}

async function* verifyStream(options: VerifyOptions, stream: StreamId, syncedSequence: number): AsyncGenerator<Damage> {
  const { storage, directory, onRead } = options;
  const place = { storage, folder: `${directory}/streams/${stream}`, stream };
  /** The last record known, and what could not be read since. */
  let known: { readonly epoch: Epoch; readonly sequence: number } | undefined;
  let unreadable: Damage[] = [];
  for await (const { number, loaded, content } of walkSegments(place, { syncedSequence, onRead })) {
    const about = { stream, file: segmentPath(`streams/${stream}`, number) };
    if (typeof loaded === 'string' || content === undefined) {
      unreadable.push({ ...about, offset: 0, endOffset: BLOCK_BYTES, reason: String(loaded) });
      continue;
    }
    const { header } = loaded.segment;
    yield* explained(unreadable, known, header);
    unreadable = [];
    const { headerRejection, copyRejection } = loaded;
    if (headerRejection !== undefined) yield { ...about, offset: 0, endOffset: BLOCK_BYTES, reason: headerRejection };
    if (copyRejection !== undefined) {
      yield { ...about, offset: BLOCK_BYTES, endOffset: FRAMES_OFFSET, reason: `copy-${copyRejection}` };
    }
    for (const damage of content.damages) yield { ...about, ...damage };
    known = { epoch: header.epoch, sequence: content.lastSequence };
  }
  yield* unreadable;
  if (known !== undefined && Number.isFinite(syncedSequence) && known.sequence < syncedSequence) {
    yield { stream, file: `streams/${stream}`, from: known.sequence + 1, to: syncedSequence, reason: 'missing' };
  }
  const others = await storage.listOthers(place.folder);
  for (const name of others) {
    if (name !== LOSS_LOG_NAME && parseSegmentName(name) === undefined) continue;
    yield { stream, file: `streams/${stream}/${name}`, reason: NO_FILE };
  }
  const losses = { stream, file: `streams/${stream}/${LOSS_LOG_NAME}` };
  if (others.includes(LOSS_LOG_NAME)) return;
  yield* verifySlots(storage, { folder: place.folder, name: LOSS_LOG_NAME }, LOSS_CODEC, losses);
}

/** Segments that cannot be read held what lies between their neighbours. */
function* explained(
  unreadable: readonly Damage[],
  known: { readonly epoch: Epoch; readonly sequence: number } | undefined,
  next: SegmentHeader,
): Generator<Damage> {
  const isKnown = known !== undefined && known.epoch === next.epoch && next.firstSequence > known.sequence + 1;
  const range = isKnown ? { from: known.sequence + 1, to: next.firstSequence - 1 } : {};
  for (const damage of unreadable) yield { ...damage, ...range };
}

async function* verifyCursors({ storage, directory, streams }: VerifyOptions): AsyncGenerator<Damage> {
  const folder = `${directory}/cursors`;
  const others = await storage.listOthers(folder);
  for (const name of [...(await storage.list(folder)), ...others]) {
    const stream = streams.find(({ id }) => name.endsWith(`.${id}.cursor`));
    if (stream === undefined) continue;
    if (others.includes(name)) yield { stream: stream.id, file: `cursors/${name}`, reason: NO_FILE };
    else yield* verifySlots(storage, { folder, name }, CURSOR_CODEC, { stream: stream.id, file: `cursors/${name}` });
  }
}

/** What is there is a folder, a pipe or a link. */
const NO_FILE = 'no-regular-file';

/** One of two slots may be torn at any time; one must hold. */
async function* verifySlots<T>(
  storage: Storage,
  place: { readonly folder: string; readonly name: string },
  codec: SlotCodec<T>,
  about: { readonly stream: StreamId; readonly file: string },
): AsyncGenerator<Damage> {
  // A journal that opens a slot file writes it again.
  const { state } = await SlotFile.load({ storage: new CopyOnWriteStorage(storage), ...place }, codec);
  if (state === 'damaged') yield { ...about, reason: 'no-slot-holds' };
}
