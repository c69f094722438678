import { type LoadedSegment, loadSegment, type StreamPlace, usingFile } from './load-segment.ts';
import { parseSegmentName } from './segment.ts';
import type { SegmentHeader } from './segment-header.ts';
import { isStorageError } from './storage.ts';
import { type SegmentContent, type SegmentContext, verifySegment } from './verify-segment.ts';

/** A segment file of a stream. */
export interface NumberedSegment {
  readonly number: number;
  /** Or why it cannot be read. */
  readonly loaded: LoadedSegment | string;
}

/** One whose frames have been read. */
export interface WalkedSegment extends NumberedSegment {
  /** Undefined if it cannot be read. */
  readonly content: SegmentContent | undefined;
}

/** A folder that is looked into from outside. */
export type WalkedPlace = Omit<StreamPlace, 'logger'>;

/** Header and footer of every segment there is, by number. */
export async function loadSegments(place: WalkedPlace): Promise<readonly NumberedSegment[]> {
  const segments: NumberedSegment[] = [];
  let before: SegmentHeader | undefined;
  const names = await place.storage.list(place.folder);
  for (const number of names.flatMap((name) => parseSegmentName(name) ?? []).toSorted((a, b) => a - b)) {
    const loaded = await loadSegment(place, number, before);
    segments.push({ number, loaded });
    if (typeof loaded !== 'string') before = loaded.segment.header;
  }
  return segments;
}

/**
 * Reads every segment of a stream through. A gateway may run meanwhile: what retention has taken since, or used again, is left
 * out.
 */
export async function* walkSegments(
  place: WalkedPlace,
  options: Pick<SegmentContext, 'syncedSequence' | 'onRead'>,
): AsyncGenerator<WalkedSegment> {
  const segments = await loadSegments(place);
  for (const [at, { number, loaded }] of segments.entries()) {
    const isInPlace = async () => isUnchanged(await loadSegment(place, number, undefined), loaded);
    if (typeof loaded === 'string') {
      if (await isInPlace()) yield { number, loaded, content: undefined };
      continue;
    }
    const next = segments.slice(at + 1).find((each) => typeof each.loaded !== 'string')?.loaded;
    const successor = typeof next === 'object' ? next.segment.header : undefined;
    const context = { ...options, successor, isNextReadable: next === segments[at + 1]?.loaded };
    const { segment } = loaded;
    const content = await usingFile(place.storage, segment.path, 'read', (file) =>
      verifySegment(file, segment, context),
    ).catch(ignoreGone);
    // What was found in a file that has been used again since is of that other use.
    if (content === undefined || (content.damages.length > 0 && !(await isInPlace()))) continue;
    yield { number, loaded, content };
  }
}

/** Whether a file is still what it was. */
function isUnchanged(now: LoadedSegment | string, then: LoadedSegment | string): boolean {
  if (typeof now === 'string' || typeof then === 'string') return now === then || then === 'out-of-order';
  return Buffer.from(now.segment.header.salt).equals(then.segment.header.salt);
}

function ignoreGone(error: unknown): undefined {
  if (!isStorageError(error) || error.code !== 'ENOENT') throw error;
}
