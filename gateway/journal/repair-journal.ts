import { WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { type LoadedSegment, MISPLACED, usingFile } from './load-segment.ts';
import { putAway } from './put-away.ts';
import { segmentPath, UNFINISHED_SUFFIX } from './segment.ts';
import { encodeSegmentEnd } from './segment-footer.ts';
import { encodeSegmentStart } from './segment-header.ts';
import type { Storage } from './storage.ts';
import type { SegmentContent } from './verify-segment.ts';
import { loadSegments, type WalkedPlace, walkSegments } from './walk-segments.ts';

/** One step of a repair; it has been done when it is told. */
export interface RepairStep {
  readonly step: 'remove' | 'quarantine' | 'rewrite';
  /** Relative to the journal's folder. */
  readonly file: string;
  readonly why: string;
}

/** What {@link repairJournal} needs. */
export interface RepairOptions {
  /** A `CopyOnWriteStorage` for a repair that only tells. */
  readonly storage: Storage;
  readonly directory: string;
  readonly streams: readonly { readonly id: StreamId }[];
  /** Called with bytes that have been read. */
  readonly onRead: (sizeBytes: number) => void;
}

/**
 * Brings the folder of a journal that nobody has open into order: removes what was never part of it, puts away under its own
 * name what cannot be read, and writes headers, indexes and footers anew from what else is there. No record is ever deleted.
 *
 * @throws WaystationError `journal.unknownFormat` if a newer version has written there; nothing has been changed then [J13]
 */
export async function* repairJournal(options: RepairOptions): AsyncGenerator<RepairStep> {
  const { storage, directory, streams } = options;
  const places = streams.map(({ id: stream }) => ({ storage, folder: `${directory}/streams/${stream}`, stream }));
  for (const place of places) await refuseNewer(place);
  for (const folder of ['cursors', ...streams.map(({ id }) => `streams/${id}`)])
    yield* removeLeftovers(options, folder);
  for (const place of places) yield* repairStream(options, place);
}

async function refuseNewer(place: WalkedPlace): Promise<void> {
  const newer = (await loadSegments(place)).find(({ loaded }) => loaded === 'newer-version');
  if (newer === undefined) return;
  const path = segmentPath(place.folder, newer.number);
  throw new WaystationError('journal.unknownFormat', `Repairing ${path}: a newer version of Waystation wrote it.`);
}

async function* removeLeftovers({ storage, directory }: RepairOptions, place: string): AsyncGenerator<RepairStep> {
  const folder = `${directory}/${place}`;
  const leftovers = (await storage.list(folder)).filter((name) => /\.(new|free)$/.test(name));
  for (const name of leftovers.toSorted()) {
    await storage.unlink(`${folder}/${name}`);
    const why = name.endsWith(UNFINISHED_SUFFIX) ? 'never finished' : 'kept for its space, holds nothing';
    yield { step: 'remove', file: `${place}/${name}`, why };
  }
  if (leftovers.length > 0) await storage.syncDirectory(folder);
}

async function* repairStream({ onRead }: RepairOptions, place: WalkedPlace): AsyncGenerator<RepairStep> {
  const newest = (await loadSegments(place)).findLast(({ loaded }) => loaded !== MISPLACED)?.number;
  const context = { syncedSequence: Number.POSITIVE_INFINITY, onRead };
  for await (const { number, loaded, content } of walkSegments(place, context)) {
    const file = segmentPath(`streams/${place.stream}`, number);
    if (typeof loaded !== 'string' && content !== undefined) {
      for (const why of await rewriteEnds(place, loaded, content)) yield { step: 'rewrite', file, why };
      continue;
    }
    // As long as the newest lies in its place, the next start knows that sequences may have been given out behind the last that
    // it can read, and begins a new epoch [J3].
    if (number === newest) continue;
    await putAway(place.storage, place.folder, segmentPath('', number).slice(1));
    yield { step: 'quarantine', file, why: String(loaded) };
  }
}

/** Writes the header anew from the footer or its copy, the copy from the header, and the footer and index from the frames, where they are wrong. @returns why */
async function rewriteEnds(
  { storage }: WalkedPlace,
  { segment, headerRejection, copyRejection }: LoadedSegment,
  { lastSequence, endOffset, lastStamp, index, damages }: SegmentContent,
): Promise<readonly string[]> {
  const { header } = segment;
  const endReason = damages.find(({ reason }) => /^(footer|index)-/.test(reason))?.reason;
  // With a frame that is damaged the frames do not say where the segment ended; it is read all the same.
  const isEndKnown = endReason !== undefined && damages.length === 1 && lastStamp !== undefined;
  const startReasons = [
    ...(headerRejection === undefined ? [] : [`header-${headerRejection}`]),
    ...(copyRejection === undefined ? [] : [`copy-${copyRejection}`]),
  ];
  if (startReasons.length === 0 && !isEndKnown) return [];
  await usingFile(storage, segment.path, 'update', async (file) => {
    if (startReasons.length > 0) await file.write(encodeSegmentStart(header), 0);
    if (isEndKnown) {
      const { bytes } = encodeSegmentEnd(header, { lastSequence, endOffset, lastStamp }, index);
      await file.write(bytes, header.sizeBytes - bytes.length);
    }
    await file.datasync();
  });
  return [...startReasons, ...(isEndKnown ? [endReason] : [])];
}
