import { MemoryFile } from '#gateway/journal/memory-file.ts';
import type { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { seededRandom, TEST_DIRECTORY } from '#gateway/journal/open-test-journal.ts';
import { parseSegmentName } from '#gateway/journal/segment.ts';
import { parseSegmentFooter } from '#gateway/journal/segment-footer.ts';
import {
  BLOCK_BYTES,
  FORMAT_VERSION,
  FRAMES_OFFSET,
  parseSegmentHeader,
  signBlock,
} from '#gateway/journal/segment-header.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { Choices } from './choices.ts';
import { STREAM_NAMES } from './history.ts';
import { type LifeSettings, openHistoryJournal } from './open-history-journal.ts';
import { Violation } from './violation.ts';

/**
 * Starts the journal where a newer version has written into one of its segments: that must be refused, and change nothing in the
 * stream and of the cursors [J13]. Then the segment is what it was. @param seed which segment, and what of its header
 */
export async function startInVain(storage: MemoryStorage, settings: LifeSettings, seed: number): Promise<void> {
  const random = new Choices(seededRandom(seed));
  const folder = `${TEST_DIRECTORY}/streams/${STREAM_NAMES[random.integer(0, STREAM_NAMES.length - 1)]}`;
  const segments = [...(await contentsOf(storage, folder)).keys()].filter(
    (name) => parseSegmentName(name) !== undefined,
  );
  const name = segments[random.integer(0, segments.length - 1)];
  if (name === undefined) return;
  const newer = newerSegment(storage.file(`${folder}/${name}`).content, random.chance(0.3));
  if (newer === undefined) return;
  const own = storage.exchange(`${folder}/${name}`, newer);
  const before = await watched(storage, folder);
  const refusal = await openHistoryJournal(storage, settings).catch((error: unknown) => error);
  if (!(refusal instanceof WaystationError) || refusal.code !== 'journal.unknownFormat') {
    const found = refusal instanceof Error ? refusal.message : 'a journal';
    throw new Violation('J13', `a start where a newer version has written ended with ${found}`);
  }
  const after = await watched(storage, folder);
  const changed = [...new Set([...before.keys(), ...after.keys()])].find(
    (path) => !before.get(path)?.equals(after.get(path) ?? NOTHING),
  );
  if (changed !== undefined) throw new Violation('J13', `a start that was refused has changed ${changed}`);
  storage.exchange(`${folder}/${name}`, own);
}

const NOTHING = Buffer.alloc(0);

async function watched(storage: MemoryStorage, folder: string): Promise<ReadonlyMap<string, Buffer>> {
  return new Map([...(await contentsOf(storage, folder)), ...(await contentsOf(storage, `${TEST_DIRECTORY}/cursors`))]);
}

async function contentsOf(storage: MemoryStorage, folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const names = await storage.list(folder).catch(() => []);
  return new Map(names.map((name) => [name, Buffer.from(storage.file(`${folder}/${name}`).content)]));
}

/** @returns undefined where the header is none */
function newerSegment(content: Buffer, isHeaderDamaged: boolean): MemoryFile | undefined {
  if (typeof parseSegmentHeader(content.subarray(0, BLOCK_BYTES)) === 'string') return undefined;
  const image = Buffer.from(content);
  const blocks = [image.subarray(0, BLOCK_BYTES), image.subarray(BLOCK_BYTES, FRAMES_OFFSET)];
  const last = image.subarray(-BLOCK_BYTES);
  if (typeof parseSegmentFooter(last) !== 'string') blocks.push(last);
  for (const block of blocks) {
    block.writeUInt32LE(FORMAT_VERSION + 1, 8);
    signBlock(block);
  }
  if (isHeaderDamaged) image.fill(0xff, 0, 512);
  return new MemoryFile(image);
}
