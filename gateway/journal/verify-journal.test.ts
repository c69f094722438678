import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { FRAME_HEADER_BYTES, parseFrameHeader, sealFrame } from './frame.ts';
import { MemoryStorage } from './memory-storage.ts';
import {
  append,
  openTestJournal,
  readAll,
  TELEMETRY,
  TEST_DIRECTORY,
  testSegmentPath,
  textsOf,
} from './open-test-journal.ts';
import { repairJournal } from './repair-journal.ts';
import { BLOCK_BYTES, FRAMES_OFFSET } from './segment-header.ts';
import type { Storage } from './storage.ts';
import { verifyJournal } from './verify-journal.ts';
import type { Damage } from './verify-segment.ts';

const SEGMENT_BYTES = 4 * BLOCK_BYTES;
const FOLDER = `${TEST_DIRECTORY}/streams/telemetry`;
const LOSSES = `${FOLDER}/losses`;
const CURSOR = `${TEST_DIRECTORY}/cursors/hub.telemetry.cursor`;
/** Two frames a segment; the third segment is the newest, and not sealed. */
const TEXTS = ['one', 'two', 'three', 'four', 'five'].map((word) => word.padEnd(3000, '.'));

let disk: MemoryStorage;
beforeEach(async () => {
  const { journal, stream, storage } = await openTestJournal(new MemoryStorage(), { segmentBytes: SEGMENT_BYTES });
  await using open = journal;
  await open.openCursor('hub', TELEMETRY, 'oldest');
  for (const text of TEXTS) await append(stream, text);
  disk = storage;
});

async function verify(storage: Storage = disk, syncedSequence?: number): Promise<readonly Damage[]> {
  const mark = syncedSequence === undefined ? {} : { syncedSequence };
  const options = { storage, directory: TEST_DIRECTORY, onRead: () => {}, streams: [{ id: TELEMETRY, ...mark }] };
  return Array.fromAsync(verifyJournal(options));
}

async function repair(storage: Storage = disk) {
  const options = { storage, directory: TEST_DIRECTORY, streams: [{ id: TELEMETRY }], onRead: () => {} };
  return Array.fromAsync(repairJournal(options));
}

/** Changes one byte of a file. */
function flip(path: string, offset: number): void {
  const content = Buffer.from(disk.file(path).content);
  content.writeUInt8(content.readUInt8(offset) ^ 0x40, offset);
  disk.file(path).content = content;
}

/** Changes the body of the first frame to what no writer writes, under checksums that hold. */
function sealGarbage(path: string, change: (body: Buffer) => void = (body) => body.fill(0xff)): void {
  const content = Buffer.from(disk.file(path).content);
  const saltChecksum = crc32(content.subarray(16, 32));
  const frame = content.subarray(FRAMES_OFFSET);
  const header = parseFrameHeader(frame, saltChecksum);
  if (typeof header === 'string') throw new Error(header);
  change(frame.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + header.storedBytes));
  sealFrame(frame, header, saltChecksum);
  disk.file(path).content = content;
}

async function readTexts(): Promise<readonly string[]> {
  const { journal, stream } = await openTestJournal(disk.kill(), { segmentBytes: SEGMENT_BYTES, seed: 9 });
  await using _ = journal;
  return textsOf(await readAll(stream)).map((text) => text.replaceAll('.', ''));
}

const [FIRST, SECOND, NEWEST] = [1, 2, 3].map(testSegmentPath) as [string, string, string]; // Three in, three out.
const INDEX_OFFSET = SEGMENT_BYTES - BLOCK_BYTES - 20;

describe('verifyJournal', () => {
  it('finds nothing in a journal that is whole, whether it was closed or killed', async () => {
    expect(await disk.list(FOLDER)).toHaveLength(4);
    expect(await verify()).toEqual([]);
    expect(await verify(disk.kill())).toEqual([]);
  });

  it.each<[string, () => void, Partial<Damage>[]]>([
    [
      'a frame',
      () => flip(FIRST, FRAMES_OFFSET + 100),
      [{ offset: FRAMES_OFFSET, from: 1, to: 1, reason: 'wrong-checksum' }],
    ],
    [
      'the last frame of a segment',
      () => flip(FIRST, BLOCK_BYTES + 4500),
      [{ from: 2, to: 2, reason: 'wrong-checksum' }],
    ],
    [
      'the header of a sealed segment',
      () => flip(SECOND, 20),
      [{ offset: 0, endOffset: BLOCK_BYTES, reason: 'wrong-checksum' }],
    ],
    [
      'a footer',
      () => flip(FIRST, SEGMENT_BYTES - 9),
      [{ offset: SEGMENT_BYTES - BLOCK_BYTES, reason: 'footer-wrong-checksum' }],
    ],
    ['an index', () => flip(FIRST, INDEX_OFFSET), [{ endOffset: SEGMENT_BYTES - BLOCK_BYTES, reason: 'index-wrong' }]],
    ['the header of the newest segment', () => flip(NEWEST, 20), [{ offset: 0, reason: 'wrong-checksum' }]],
    [
      'the copy of a header',
      () => flip(FIRST, BLOCK_BYTES + 20),
      [{ offset: BLOCK_BYTES, endOffset: FRAMES_OFFSET, reason: 'copy-wrong-checksum' }],
    ],
  ])('tells the range that is damaged: %s', async (_, damage, expected) => {
    damage();
    expect(await verify()).toMatchObject(expected);
  });

  it('tells what a segment held of which header, copy and footer are gone', async () => {
    flip(SECOND, 20);
    flip(SECOND, BLOCK_BYTES + 20);
    flip(SECOND, SEGMENT_BYTES - 9);
    expect(await verify()).toMatchObject([{ file: 'streams/telemetry/0000000000000002.segment', from: 3, to: 4 }]);
  });

  it('tells what is missing with a segment file', async () => {
    await disk.unlink(SECOND);
    expect(await verify()).toMatchObject([
      { file: 'streams/telemetry/0000000000000001.segment', from: 3, to: 4, reason: 'missing' },
    ]);
  });

  it('takes a torn tail for the crash that it is, but not below what a gateway vouches for', async () => {
    const { content } = disk.file(NEWEST);
    disk.file(NEWEST).content = content.subarray(0, BLOCK_BYTES + 1000);
    expect(await verify()).toEqual([]);
    expect(await verify(disk, 5)).toMatchObject([{ from: 5, to: 5, reason: 'missing' }]);
  });

  it('takes apart what a checksum vouches for, but not beyond what is synced', async () => {
    sealGarbage(NEWEST);
    expect(await verify()).toMatchObject([{ offset: FRAMES_OFFSET, from: 5, to: 5, reason: expect.any(String) }]);
    expect(await verify(disk, 4)).toEqual([]);
  });

  it('tells as lost what a reader does, of a frame in which one record cannot be read [J5]', async () => {
    const { journal, stream, storage } = await openTestJournal(new MemoryStorage());
    await Promise.all(['one', 'two', 'three', 'four'].map((text) => append(stream, text)));
    await journal[Symbol.asyncDispose]();
    disk = storage;
    // The tag of its topic becomes one of no wire type.
    sealGarbage(FIRST, (body) => body.writeUInt8(7, body.indexOf('devices/', body.indexOf('one')) - 2));
    const lost = { from: 2, to: 2 };
    expect(await verify()).toMatchObject([{ offset: FRAMES_OFFSET, ...lost, reason: 'bad-tag' }]);
    for (const seed of [2, 3]) {
      const next = await openTestJournal(disk.kill(), { seed });
      await using _ = next.journal;
      const read = await next.stream.read(1, { maxEvents: 9, maxBytes: 65_536 });
      expect(textsOf(read.records)).toEqual(['one', 'three', 'four']);
      expect(read.lost).toMatchObject([{ ...lost, reason: 'damaged' }]);
      expect(next.stream.losses).toMatchObject([lost]);
    }
  });

  it('tells when neither slot of a cursor or of the losses holds', async () => {
    for (const path of [CURSOR, LOSSES]) for (const slot of [0, BLOCK_BYTES]) flip(path, slot + 20);
    expect(await verify()).toMatchObject([
      { file: 'streams/telemetry/losses', reason: 'no-slot-holds' },
      { file: 'cursors/hub.telemetry.cursor', reason: 'no-slot-holds' },
    ]);
  });
});

describe('repairJournal', () => {
  it('has nothing to do where all is whole', async () => {
    expect(await repair()).toEqual([]);
  });

  it('removes what was never part of the journal', async () => {
    for (const name of ['0000000000000009.segment.new', '0000000000000001.segment.free']) {
      await (await disk.open(`${FOLDER}/${name}`, 'create')).close();
    }
    expect(await repair()).toMatchObject([{ step: 'remove' }, { step: 'remove' }]);
    expect(await disk.list(FOLDER)).toHaveLength(4);
    expect(await readTexts()).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  it.each<[string, () => void, string]>([
    ['a header from its footer', () => flip(FIRST, 20), 'header-wrong-checksum'],
    ['the copy of a header', () => flip(FIRST, BLOCK_BYTES + 20), 'copy-wrong-checksum'],
    ['a footer from its frames', () => flip(FIRST, SEGMENT_BYTES - 9), 'footer-wrong-checksum'],
    ['an index from its frames', () => flip(FIRST, INDEX_OFFSET), 'index-wrong'],
  ])('writes %s anew, to the same bytes', async (_, damage, why) => {
    const before = Buffer.from(disk.file(FIRST).content);
    damage();
    expect(await repair()).toEqual([{ step: 'rewrite', file: 'streams/telemetry/0000000000000001.segment', why }]);
    expect(before.equals(disk.file(FIRST).content)).toBe(true);
    expect(await verify()).toEqual([]);
  });

  it('puts away a segment that cannot be read, whole, and the rest is read as before', async () => {
    flip(SECOND, 20);
    flip(SECOND, BLOCK_BYTES + 20);
    flip(SECOND, SEGMENT_BYTES - 9);
    const damaged = Buffer.from(disk.file(SECOND).content);
    expect(await repair()).toMatchObject([{ step: 'quarantine', file: 'streams/telemetry/0000000000000002.segment' }]);
    expect(damaged.equals(disk.file(`${FOLDER}/quarantine/0000000000000002.segment`).content)).toBe(true);
    expect(await readTexts()).toEqual(['one', 'two', 'five']);
  });

  it('leaves the newest in its place: without it, sequences would be given out again [J3]', async () => {
    flip(NEWEST, 20);
    flip(NEWEST, BLOCK_BYTES + 20);
    expect(await repair()).toEqual([]);
  });

  it('puts away a copy of a segment under a higher number: the newest is another [J3]', async () => {
    const stray = `${FOLDER}/0000000000000999.segment`;
    await (await disk.open(stray, 'create')).close();
    disk.file(stray).content = Buffer.from(disk.file(FIRST).content);
    const why = 'misplaced';
    expect(await repair()).toEqual([{ step: 'quarantine', file: 'streams/telemetry/0000000000000999.segment', why }]);
    expect(await verify()).toEqual([]);
    expect(await readTexts()).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  it('leaves a segment alone whose frames are damaged: reading passes over them [J5]', async () => {
    flip(FIRST, FRAMES_OFFSET + 100);
    expect(await repair()).toEqual([]);
  });

  it('changes nothing where a newer version has written [J13]', async () => {
    const block = Buffer.from(disk.file(NEWEST).content);
    block.writeUInt32LE(2, 8);
    block.writeUInt32LE(crc32(block.subarray(0, BLOCK_BYTES - 4)), BLOCK_BYTES - 4);
    disk.file(NEWEST).content = block;
    await (await disk.open(`${FOLDER}/0000000000000009.segment.new`, 'create')).close();
    await expect(repair()).rejects.toMatchObject({ code: 'journal.unknownFormat' });
    expect(await disk.list(FOLDER)).toHaveLength(5);
  });
});
