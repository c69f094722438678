import type { Stamp, StreamId } from '#gateway/model/message.ts';
import { openBody } from './frame-body.ts';
import { FrameScanner } from './frame-scanner.ts';
import { readBlock } from './load-segment.ts';
import type { Segment } from './segment.ts';
import { loadSegmentIndex, parseSegmentFooter } from './segment-footer.ts';
import { BLOCK_BYTES, type SegmentHeader } from './segment-header.ts';
import { SegmentIndex } from './segment-index.ts';
import type { StorageFile } from './storage.ts';

/** Something in a journal that is not as it was written. */
export interface Damage {
  readonly stream: StreamId;
  /** Relative to the journal's folder. */
  readonly file: string;
  /** Bytes of the file, the end not among them; the whole file where there are none. */
  readonly offset?: number;
  readonly endOffset?: number;
  /** The records that were there, both ends; none are lost where there are none. */
  readonly from?: number;
  readonly to?: number;
  readonly reason: string;
}

/** What is around a segment. */
export interface SegmentContext {
  /** The next one that can be read: it says which sequences must have come before. */
  readonly successor: SegmentHeader | undefined;
  /** Whether nothing unreadable lies between; else that is what is missing. */
  readonly isNextReadable: boolean;
  /** Nobody vouches for what lies beyond. */
  readonly syncedSequence: number;
  readonly onRead: (sizeBytes: number) => void;
}

/** What the frames of a segment are. */
export interface SegmentContent {
  readonly lastSequence: number;
  readonly endOffset: number;
  /** Undefined if there is no record. */
  readonly lastStamp: Stamp | undefined;
  readonly index: SegmentIndex;
  /** What is damaged, in order. */
  readonly damages: readonly SegmentDamage[];
}

/** See {@link Damage}. */
export type SegmentDamage = Omit<Damage, 'stream' | 'file'>;

/** Reads every frame of a segment that counts, takes it apart, and compares index and footer with what it found. */
export async function verifySegment(
  file: StorageFile,
  segment: Segment,
  context: SegmentContext,
): Promise<SegmentContent> {
  const content = await scanSegment(file, segment, context);
  const end = await verifyEnd(file, segment, content);
  const mustReach = Math.max(endOf(segment.header, context), end.lastSequence ?? 0);
  const damages = [...content.damages];
  if (content.lastSequence < mustReach) {
    const range = { from: content.lastSequence + 1, to: mustReach };
    damages.push({
      offset: content.endOffset,
      ...range,
      reason: content.endReason === 'end' ? 'missing' : content.endReason,
    });
  }
  if (end.damage !== undefined) damages.push(end.damage);
  return { ...content, damages };
}

/** The last sequence that the segment must hold by what comes after it. */
function endOf({ epoch, firstSequence }: SegmentHeader, { successor, isNextReadable }: SegmentContext): number {
  return successor?.epoch === epoch && isNextReadable ? successor.firstSequence - 1 : firstSequence - 1;
}

async function scanSegment(
  file: StorageFile,
  segment: Segment,
  { successor, syncedSequence, onRead }: SegmentContext,
): Promise<SegmentContent & { readonly endReason: string }> {
  const index = new SegmentIndex();
  const damages: SegmentDamage[] = [];
  let lastSequence = segment.header.firstSequence - 1;
  let lastStamp: Stamp | undefined;
  let end = segment.header.framesOffset;
  // Where the frames end is for the frames to say.
  const scanner = new FrameScanner(file, { ...segment, endOffset: undefined }, { offset: end, lastSequence });
  for (let frame = await scanner.next(); frame !== undefined; frame = await scanner.next()) {
    const { firstSequence, recordCount } = frame.header;
    const { offset, endOffset } = frame;
    // Where two segments hold the same sequence, the later one is right [J6].
    if (firstSequence >= (successor?.firstSequence ?? syncedSequence + 1)) break;
    const lost = firstSequence > lastSequence + 1 ? { from: lastSequence + 1, to: firstSequence - 1 } : undefined;
    if (frame.damage !== undefined || lost !== undefined) {
      damages.push({ offset: end, endOffset: offset, ...lost, reason: frame.damage ?? 'missing' });
    }
    lastSequence = firstSequence + recordCount - 1;
    const body = openBody(frame.header, frame.stored);
    if (typeof body === 'string') {
      damages.push({ offset, endOffset, from: firstSequence, to: lastSequence, reason: body });
    } else {
      const { firstStamp, lastStamp: stamp, unreadable } = body.survey();
      if (firstStamp !== undefined && index.wants(offset)) index.add({ firstSequence, offset, stamp: firstStamp });
      lastStamp = stamp ?? lastStamp;
      for (const { index: from, count, reason } of unreadable)
        damages.push({ offset, endOffset, from: firstSequence + from, to: firstSequence + from + count - 1, reason });
    }
    onRead(endOffset - end);
    end = endOffset;
  }
  return { lastSequence, endOffset: end, lastStamp, index, damages, endReason: scanner.endReason };
}

interface VerifiedEnd {
  /** By the footer. */
  readonly lastSequence?: number;
  readonly damage?: SegmentDamage;
}

/** Index and footer only save time, so nothing is lost with them. A segment that a crash left unsealed has none. */
async function verifyEnd(file: StorageFile, { header }: Segment, content: SegmentContent): Promise<VerifiedEnd> {
  const offset = header.sizeBytes - BLOCK_BYTES;
  const place = { offset, endOffset: header.sizeBytes };
  const block = await readBlock(file, offset);
  if (block.every((byte) => byte === 0)) return {};
  const sealed = parseSegmentFooter(block);
  if (typeof sealed === 'string') return { damage: { ...place, reason: `footer-${sealed}` } };
  // Left behind by an earlier use of the file.
  if (!Buffer.from(sealed.header.salt).equals(header.salt)) return {};
  const { footer } = sealed;
  const { lastSequence } = footer;
  const isWhole = content.damages.length === 0;
  // With a damaged frame at the end the footer knows more than the frames.
  if (
    lastSequence < content.lastSequence ||
    (lastSequence === content.lastSequence && footer.endOffset !== content.endOffset)
  ) {
    return { damage: { ...place, reason: 'footer-wrong-end' } };
  }
  const { entries } = await loadSegmentIndex(file, header.salt, footer);
  const isRight = isWhole ? isSameIndex(entries, content.index.entries) : entries.length > 0;
  if (footer.index === undefined || isRight) return { lastSequence };
  const index = { offset: footer.index.offset, endOffset: footer.index.offset + footer.index.sizeBytes };
  return { lastSequence, damage: { ...index, reason: 'index-wrong' } };
}

function isSameIndex(a: SegmentIndex['entries'], b: SegmentIndex['entries']): boolean {
  return (
    a.length === b.length &&
    a.every((entry, at) => entry.offset === b[at]?.offset && entry.firstSequence === b[at]?.firstSequence)
  );
}
