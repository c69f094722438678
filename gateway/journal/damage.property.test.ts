import { beforeAll, describe, expect, it } from 'vitest';
import { openBody } from './frame-body.ts';
import { FrameScanner } from './frame-scanner.ts';
import type { JournalStream } from './journal.ts';
import { MemoryStorage } from './memory-storage.ts';
import {
  frameEndsOf,
  openTestJournal,
  sampleRecord,
  seededRandom,
  testSegmentPath,
  textsOf,
} from './open-test-journal.ts';
import { describeSegment, type Segment } from './segment.ts';
import { BLOCK_BYTES, FRAMES_OFFSET, parseSegmentHeader } from './segment-header.ts';
import type { StorageFile } from './storage.ts';

const FIRST = testSegmentPath(1);
const FRAMES_BYTES = 200_000;
/** What goes through the whole journal is a sample: every byte of a small file is in `recovery.test.ts`. */
const STRIDE_BYTES = 3989;

interface Frame {
  readonly offset: number;
  readonly endOffset: number;
  readonly firstSequence: number;
  readonly texts: readonly string[];
}

/** A disk with one segment: frames of one record and of many, compressed and not. */
async function makeDisk() {
  const storage = new MemoryStorage();
  const random = seededRandom(11);
  const { stream } = await openTestJournal(storage, { compress: true, segmentBytes: 2 ** 18 });
  const texts: string[] = [];
  const counts: number[] = [];
  for (let sizeBytes = 0; sizeBytes < FRAMES_BYTES; ) {
    const group = Array.from({ length: 1 + Math.floor(random() * 9) }, () => `${random()} `.repeat(1 + random() * 20));
    texts.push(...group);
    counts.push(group.length);
    await Promise.all(group.map((text) => appendText(stream, text)));
    sizeBytes = (frameEndsOf(storage.file(FIRST).content).at(-1) ?? 0) - FRAMES_OFFSET;
  }
  const image = Buffer.from(storage.file(FIRST).content);
  const ends = frameEndsOf(image);
  let sequence = 1;
  const frames = counts.map((count, index): Frame => {
    const firstSequence = sequence;
    sequence += count;
    const offset = ends[index - 1] ?? FRAMES_OFFSET;
    const ofFrame = texts.slice(firstSequence - 1, sequence - 1);
    return { offset, endOffset: ends[index] ?? 0, firstSequence, texts: ofFrame };
  });
  return { storage: storage.kill(), image, frames, texts };
}

async function textsIn(stream: JournalStream): Promise<readonly string[]> {
  return textsOf((await stream.read(1, { maxEvents: 1e5, maxBytes: 1e8 })).records);
}

function appendText(stream: JournalStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.append(sampleRecord(text), () => resolve()));
}

/** What a scan from the beginning of a frame finds, at most two frames, in a file that ends somewhere. */
async function scan(image: Buffer, from: Frame, end: number) {
  const file: Pick<StorageFile, 'read'> = {
    read: async (target, offset) => image.copy(target, 0, offset, Math.min(end, offset + target.length)),
  };
  const { offset, firstSequence } = from;
  // A scanner only reads.
  const reading = file as StorageFile;
  const scanner = new FrameScanner(
    reading,
    { ...segment, endOffset: end },
    { offset, lastSequence: firstSequence - 1 },
  );
  return { scanner, found: [await scanner.next(), await scanner.next()] as const };
}

let disk: Awaited<ReturnType<typeof makeDisk>>;
let segment: Segment;
beforeAll(async () => {
  disk = await makeDisk();
  const header = parseSegmentHeader(disk.image.subarray(0, BLOCK_BYTES));
  if (typeof header === 'string') throw new Error(header);
  segment = describeSegment('/', header, disk.image.length);
});

describe('a flipped bit', () => {
  it('at every byte of 200 kB costs the frame hit, which is told, and no other [J5 J12]', async () => {
    const { image, frames } = disk;
    for (const [index, hit] of frames.slice(0, -2).entries()) {
      const next = frames[index + 1];
      const end = frames[index + 2]?.endOffset ?? 0;
      for (let offset = hit.offset; offset < hit.endOffset; offset++) {
        const byte = image[offset] ?? 0;
        image[offset] = byte ^ (1 << (offset % 8));
        const { found } = await scan(image, hit, end);
        image[offset] = byte;
        if (found[0]?.offset !== next?.offset || found[0]?.damage === undefined || found[1]?.damage !== undefined) {
          expect.fail(`A bit flipped at ${offset} gave ${JSON.stringify(found.map((frame) => frame?.header))}.`);
        }
      }
    }
  });

  it('anywhere costs a reader the records of the frame hit, is reported once, and never an exception [J5]', async () => {
    const { storage, image, frames, texts } = disk;
    for (let offset = FRAMES_OFFSET; offset < (frames.at(-1)?.offset ?? 0); offset += STRIDE_BYTES) {
      const hit = frames.find(({ endOffset }) => offset < endOffset);
      const damaged = Buffer.from(image);
      damaged[offset] = (damaged[offset] ?? 0) ^ (1 << (offset % 8));
      const copy = storage.powerCut(seededRandom(1));
      copy.file(FIRST).content = damaged;
      const { stream, logger } = await openTestJournal(copy, { seed: offset });
      const { from, to } = {
        from: hit?.firstSequence ?? 0,
        to: (hit?.firstSequence ?? 0) + (hit?.texts.length ?? 0) - 1,
      };
      expect(await textsIn(stream)).toEqual([...texts.slice(0, from - 1), ...texts.slice(to)]);
      expect((await stream.read(from, { maxEvents: 1, maxBytes: 1 })).lost).toMatchObject([
        { from, to, reason: 'damaged' },
      ]);
      expect(logger.lines).toMatchObject([{ level: 'error', fields: { from, to } }]);
    }
  });
});

describe('a file that ends', () => {
  it('at any byte of 200 kB holds the whole frames before that, and no other [J4]', async () => {
    const { image, frames } = disk;
    for (const [index, cut] of frames.entries()) {
      const before = frames[index - 1] ?? cut;
      for (let end = cut.offset; end < cut.endOffset; end++) {
        const { scanner, found } = await scan(image, before, end);
        const whole = index === 0 ? undefined : before.offset;
        const isRight = found[0]?.offset === whole && found[1] === undefined && scanner.offset === cut.offset;
        const isTold = (scanner.endReason === 'end') === (end === cut.offset);
        if (!isRight || !isTold) expect.fail(`Cut at ${end}: ${scanner.offset}, ${scanner.endReason}.`);
      }
    }
  });

  it('anywhere is opened with what is whole, and goes on from there [J2 J3 J4]', async () => {
    const { storage, image, frames, texts } = disk;
    for (let end = FRAMES_OFFSET; end < (frames.at(-1)?.endOffset ?? 0); end += STRIDE_BYTES) {
      const copy = storage.powerCut(seededRandom(1));
      copy.file(FIRST).content = image.subarray(0, end);
      const { stream } = await openTestJournal(copy, { seed: end });
      const whole = frames.filter(({ endOffset }) => endOffset <= end).flatMap((frame) => frame.texts);
      expect(await textsIn(stream)).toEqual(texts.slice(0, whole.length));
      await appendText(stream, 'next');
      expect(stream.syncedSequence).toBe(whole.length + 1);
    }
  });
});

it('gives every record of an undamaged segment', async () => {
  const { image, frames } = disk;
  for (const frame of frames) {
    const [found] = (await scan(image, frame, frame.endOffset)).found;
    const body = found && openBody(found.header, found.stored);
    if (body === undefined || typeof body === 'string') throw new Error(body);
    const records = frame.texts.map((_, index) => body.record(index));
    expect(records.map((record) => typeof record !== 'string' && String(record.payload))).toEqual(frame.texts);
    expect(body.recordCount).toBe(frame.texts.length);
  }
});
