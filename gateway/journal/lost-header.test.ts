import { crc32, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { END_MARK_BYTES, FRAME_HEADER_BYTES, type FrameHeader, parseFrameHeader, sealFrame } from './frame.ts';
import { MemoryStorage } from './memory-storage.ts';
import { append, openTestJournal, readAll, TEST_DIRECTORY, testSegmentPath, textsOf } from './open-test-journal.ts';
import { parseSegmentName } from './segment.ts';
import { BLOCK_BYTES, FRAMES_OFFSET } from './segment-header.ts';

const TEXTS = Array.from({ length: 10 }, (_, index) => String(index).padEnd(900, '.'));
const FIRST = testSegmentPath(1);

async function diskWith(texts: readonly string[]) {
  const storage = new MemoryStorage();
  const { stream } = await openTestJournal(storage, { segmentBytes: 12_288 });
  for (const text of texts) await append(stream, text);
  return { disk: storage.kill(), epoch: stream.epoch };
}

async function reopen(disk: MemoryStorage, seed = 99) {
  const opened = await openTestJournal(disk.kill(), { seed });
  return { ...opened, records: await readAll(opened.stream) };
}

async function segmentCount(disk: MemoryStorage): Promise<number> {
  const names = await disk.list(`${TEST_DIRECTORY}/streams/telemetry`);
  return names.filter((name) => parseSegmentName(name) !== undefined).length;
}

describe('a flipped bit', () => {
  it('in the header of the newest segment, or in its copy, costs nothing [J5]', async () => {
    const { disk, epoch } = await diskWith(['a', 'bb']);
    const image = Buffer.from(disk.file(FIRST).content);
    for (let offset = 0; offset < FRAMES_OFFSET; offset += 61) {
      const damaged = Buffer.from(image);
      damaged[offset] = (image[offset] ?? 0) ^ 0x10;
      const flipped = disk.kill();
      flipped.file(FIRST).content = damaged;
      const { records, stream } = await reopen(flipped);
      expect(textsOf(records)).toEqual(['a', 'bb']);
      expect(stream.epoch).toBe(epoch);
    }
  });
});

describe('a newest segment whose header is gone, and the copy of it', () => {
  const lastOf = (records: readonly { readonly sequence: number }[]) => records.at(-1)?.sequence ?? 0;

  it.each([
    ['only', TEXTS.slice(0, 2), 1],
    ['last', TEXTS, 4],
  ])(
    'is told as lost as far as its frames go, once, by a new epoch behind it; it was the %s one [J3 J5]',
    async (_, written, number) => {
      const { disk, epoch } = await diskWith(written);
      expect(await segmentCount(disk)).toBe(number);
      const newest = disk.file(testSegmentPath(number));
      newest.content = Buffer.from(newest.content).fill(0x5a, 0, FRAMES_OFFSET);
      const { stream, records, journal } = await reopen(disk);
      expect(textsOf(records)).toEqual(written.slice(0, records.length));
      expect(records.length).toBeLessThan(written.length);
      expect(stream.epoch).not.toBe(epoch);
      const { lost } = await stream.read(lastOf(records) + 1, { maxEvents: 10, maxBytes: 10_000 });
      expect(lost).toMatchObject([{ from: records.length + 1, to: written.length, reason: 'damaged' }]);
      await append(stream, 'next');
      await journal[Symbol.asyncDispose]();

      const again = await reopen(disk, 100);
      expect(again.stream.epoch).toBe(stream.epoch);
      expect(again.stream.losses).toEqual(lost);
      expect(textsOf(again.records).at(-1)).toBe('next');
    },
  );

  it('says nothing by frames of an earlier use of the file, nor by a sequence that no file can hold [J12]', async () => {
    const { disk } = await diskWith(TEXTS);
    const stale = Buffer.from(disk.file(FIRST).content.subarray(FRAMES_OFFSET));
    const newest = disk.file(testSegmentPath(4));
    const far = Buffer.from(stale);
    far.writeUInt32LE(1, 16);
    sealFrame(far.subarray(0, FRAME_HEADER_BYTES + far.readUInt32LE(24) + END_MARK_BYTES), headerOf(far), 0);
    for (const frames of [stale, far]) {
      newest.content = Buffer.concat([Buffer.alloc(FRAMES_OFFSET, 0x5a), frames]);
      const { stream, records } = await reopen(disk);
      expect(stream.syncedSequence).toBe(lastOf(records));
      expect(stream.losses).toEqual([]);
    }
  });
});

function headerOf(frame: Buffer): FrameHeader {
  const header = parseFrameHeader(frame, undefined);
  if (typeof header === 'string') throw new Error(header);
  return header;
}

describe('a segment of a newer version', () => {
  it.each([
    ['whole', true],
    ['damaged, its copy whole', false],
  ])(
    'is refused with a message that says so, and nothing is changed; its header is %s [J13]',
    async (_, isHeaderWhole) => {
      const { disk } = await diskWith(['a']);
      const image = Buffer.from(disk.file(FIRST).content);
      const copy = image.subarray(BLOCK_BYTES, FRAMES_OFFSET);
      for (const header of [image.subarray(0, BLOCK_BYTES), copy]) {
        header.writeUInt32LE(2, 8);
        header.writeUInt32LE(crc32(header.subarray(0, -4)), header.length - 4);
      }
      if (!isHeaderWhole) image.fill(0, 0, BLOCK_BYTES);
      disk.file(FIRST).content = image;
      const opening = openTestJournal(disk);
      await expect(opening).rejects.toMatchObject({
        code: 'journal.unknownFormat',
        message: expect.stringContaining(FIRST),
      });
      expect(disk.file(FIRST).content).toEqual(image);
      expect(await segmentCount(disk)).toBe(1);
    },
  );
});

describe('a segment of yesterday, whose frames begin behind its header', () => {
  // What version 1 wrote before a header had a copy: a, bb, ccc, each in a frame; the zeros behind them are left out.
  const IMAGE = inflateRawSync(
    Buffer.from(
      'C3eMDA4JdnVnZICAZSKvDr89p/ikV36TcH+OtPfnV+0LTnpuZoDJw2hkFjLgLEnNSc1NLSmqZMAPBJWMXULT/jOMglEwCkbBKBgFo2AUjIJRMApGwSgYBaOApiCs8NjB7+HBbrDePKxHbw3Fagf81G7vP7yMy5JLNCW1LDM5tVg/vaDYQL8gvzizJDM/T4gxUWJB/8Vp+zMU2td6a74/u7oz3VWZ0YDJitUBpNCBEdl4JqjxNlBc4jplxt60o1O4rHAZz5SURIL5zFDzbaFYbvMrJwvhWbVc1rjMZ05OTiZgAQA=',
      'base64',
    ),
  );

  it('is read, written on and sealed as it is [J13]', async () => {
    const { disk } = await diskWith(['']);
    disk.file(FIRST).content = Buffer.from(IMAGE);
    const { stream, records, journal, storage } = await reopen(disk);
    expect(textsOf(records)).toEqual(['a', 'bb', 'ccc']);
    expect(records.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    const large = 'x'.repeat(9000);
    const texts = ['a', 'bb', 'ccc', ...Array.from({ length: 8 }, () => large)];
    for (const text of texts.slice(3)) expect(await append(stream, text)).toBeGreaterThan(3);
    await journal[Symbol.asyncDispose]();
    expect(await segmentCount(storage)).toBe(2);
    expect(storage.file(FIRST).content.subarray(0, IMAGE.length - END_MARK_BYTES)).toEqual(
      IMAGE.subarray(0, IMAGE.length - END_MARK_BYTES),
    );
    const again = await reopen(storage, 100);
    expect(textsOf(again.records)).toEqual(texts);
    expect(again.stream.epoch).toBe(stream.epoch);
  });
});
