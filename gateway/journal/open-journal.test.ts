import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES } from './limits.ts';
import { LOSS_LOG_NAME } from './loss-log.ts';
import { MemoryStorage } from './memory-storage.ts';
import { nodeStorage } from './node-storage.ts';
import {
  append,
  openTestJournal,
  readAll,
  sampleRecord,
  seededRandom,
  TEST_DIRECTORY,
  textsOf,
} from './open-test-journal.ts';

/** Lets everything settle that can. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('append', () => {
  it('answers nothing before the sync of its frame has returned [J1]', async () => {
    const storage = new MemoryStorage();
    const { stream } = await openTestJournal(storage);
    await append(stream, 'first');
    storage.holdSyncs();
    let isAnswered = false;
    const second = append(stream, 'second').then(() => {
      isAnswered = true;
    });
    await settle();
    expect(isAnswered).toBe(false);
    expect(stream.syncedSequence).toBe(1);
    expect(textsOf(await readAll(stream))).toEqual(['first']);
    storage.releaseSyncs();
    await second;
    expect(textsOf(await readAll(stream))).toEqual(['first', 'second']);
  });

  it('has synced the frame of every record that it answered, whatever a power cut leaves of the rest [J1]', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const storage = new MemoryStorage();
      const { stream } = await openTestJournal(storage);
      for (const text of ['a', 'b', 'c']) await append(stream, text);
      stream.append(sampleRecord('never answered'), () => undefined);
      const after = await openTestJournal(storage.powerCut(seededRandom(seed)));
      expect(textsOf(await readAll(after.stream)).slice(0, 3)).toEqual(['a', 'b', 'c']);
    }
  }, 30_000);

  it('has synced the folder too when the segment is new [J1]', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const storage = new MemoryStorage();
      const { stream } = await openTestJournal(storage);
      await append(stream, 'the only one');
      const after = await openTestJournal(storage.powerCut(seededRandom(seed)));
      expect(textsOf(await readAll(after.stream))).toEqual(['the only one']);
    }
  });

  it('gathers what comes while a commit is under way into the next frame, and answers in order', async () => {
    const storage = new MemoryStorage();
    const { journal, stream } = await openTestJournal(storage);
    const answers: number[] = [];
    const add = (text: string) => {
      const sequence = stream.append(sampleRecord(text), () => answers.push(sequence));
      return sequence;
    };
    storage.holdSyncs();
    expect([add('a'), add('b')]).toEqual([1, 2]);
    await settle();
    expect([add('c'), add('d'), add('e')]).toEqual([3, 4, 5]);
    storage.releaseSyncs();
    await settle();
    expect(answers).toEqual([1, 2, 3, 4, 5]);
    expect(journal.status()).toMatchObject({ state: 'ok', appendedCount: 5, frameCount: 2 });
  });

  it('takes a record that is appended while another is being answered', async () => {
    const { stream } = await openTestJournal(new MemoryStorage());
    await new Promise<void>((resolve) => {
      stream.append(sampleRecord('a'), () => stream.append(sampleRecord('b'), () => resolve()));
    });
    expect(textsOf(await readAll(stream))).toEqual(['a', 'b']);
  });

  it('refuses a record that no frame may hold, and only that one', async () => {
    const { stream } = await openTestJournal(new MemoryStorage());
    const huge = sampleRecord('', { payload: Buffer.alloc(MAX_RECORD_BYTES) });
    const larger = sampleRecord('', { payload: Buffer.alloc(MAX_RECORD_BYTES + 1) });
    const codes: unknown[] = [];
    expect(stream.append(huge, (error) => codes.push(error?.code))).toBe(0);
    expect(stream.append(larger, (error) => codes.push(error?.code))).toBe(0);
    expect(codes).toEqual(['journal.recordTooLarge', 'journal.recordTooLarge']);
    expect(await append(stream, 'small')).toBe(1);
    expect(textsOf(await readAll(stream))).toEqual(['small']);
  });

  it('refuses with journal.full what would wait for the disk beyond the bound', async () => {
    const storage = new MemoryStorage();
    const { stream } = await openTestJournal(storage);
    storage.holdSyncs();
    const large = sampleRecord('', { payload: Buffer.alloc(2 ** 20) });
    const refused: unknown[] = [];
    for (let count = 0; count < 70; count++) stream.append(large, (error) => error && refused.push(error.code));
    expect(refused).toEqual(Array(6).fill('journal.full'));
    storage.releaseSyncs();
    await stream.waitFor(64, new AbortController().signal);
    expect(await append(stream, 'again')).toBe(65);
  }, 30_000);

  it('keeps the other records of a frame when one cannot be encoded', async () => {
    const { stream } = await openTestJournal(new MemoryStorage());
    const before = append(stream, 'a');
    expect(() => stream.append(sampleRecord('bad', { packetId: -1 }), () => undefined)).toThrow('integer');
    await Promise.all([before, append(stream, 'b')]);
    expect(textsOf(await readAll(stream))).toEqual(['a', 'b']);
  });
});

describe('a failing disk', () => {
  it('is written elsewhere: the frame goes into a new segment with the same sequences [J6]', async () => {
    const storage = new MemoryStorage();
    const { journal, stream, logger } = await openTestJournal(storage);
    await append(stream, 'a');
    storage.failNext('datasync', 'EIO');
    expect(await append(stream, 'b')).toBe(2);
    expect(await append(stream, 'c')).toBe(3);
    expect(textsOf(await readAll(stream))).toEqual(['a', 'b', 'c']);
    expect(journal.status()).toMatchObject({ state: 'ok', streams: [{ segmentCount: 2 }] });
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { stream: 'telemetry', attempt: 1 } }]);
    for (let seed = 0; seed < 20; seed++) {
      const after = await openTestJournal(storage.powerCut(seededRandom(seed)));
      expect(textsOf(await readAll(after.stream))).toEqual(['a', 'b', 'c']);
      expect(after.stream.epoch).toBe(stream.epoch);
    }
  });

  it.each(['write', 'datasync', 'syncDirectory', 'open', 'rename'] as const)(
    'is given up after three failures of %s in a row: the records are refused and their sequences used again [J3]',
    async (operation) => {
      const storage = new MemoryStorage();
      const { journal, stream } = await openTestJournal(storage);
      storage.failNext(operation, 'EIO', 3);
      const message = expect.stringContaining('EIO');
      await expect(append(stream, 'a')).rejects.toMatchObject({ code: 'journal.failed', message });
      expect(journal.status().state).toBe('failed');
      expect(await append(stream, 'b')).toBe(1);
      expect(journal.status().state).toBe('ok');
      expect(textsOf(await readAll(stream))).toEqual(['b']);
      const after = await openTestJournal(storage.powerCut(seededRandom(7)));
      expect(textsOf(await readAll(after.stream))).toEqual(['b']);
    },
  );

  it('fails what gathered behind a frame that failed, in order, and lets it be appended again at once', async () => {
    const storage = new MemoryStorage();
    const { stream } = await openTestJournal(storage);
    await append(stream, 'a');
    const answers: string[] = [];
    const add = (text: string) => {
      stream.append(sampleRecord(text), (error) => {
        answers.push(`${text} ${error?.code ?? 'ok'}`);
        if (error !== undefined) add(text);
      });
    };
    storage.holdSyncs();
    storage.failNext('datasync', 'ENOSPC');
    add('b');
    await settle();
    add('c');
    storage.releaseSyncs();
    await settle();
    expect(answers).toEqual(['b journal.full', 'c journal.full', 'b ok', 'c ok']);
    expect(textsOf(await readAll(stream))).toEqual(['a', 'b', 'c']);
  });

  it('that is full refuses with journal.full, makes no new files, and resumes by itself [J7]', async () => {
    const storage = new MemoryStorage();
    const { journal, stream, logger } = await openTestJournal(storage);
    await append(stream, 'a');
    storage.failNext('write', 'ENOSPC', 5);
    for (let count = 0; count < 5; count++) {
      await expect(append(stream, 'b')).rejects.toMatchObject({ code: 'journal.full' });
    }
    const lastError = expect.stringMatching(/^journal\.full: .*the disk is full\. Free disk space/);
    const refusing = { state: 'full', refusedCount: 5, streams: [{ segmentCount: 1, lastError }] };
    expect(journal.status()).toMatchObject(refusing);
    expect(await append(stream, 'c')).toBe(2);
    expect(journal.status()).toMatchObject({ state: 'ok', streams: [expect.not.objectContaining({ lastError })] });
    // Not one line for every record that is refused: logs are on that disk too.
    expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'info']);
    const after = await openTestJournal(storage.kill());
    expect(textsOf(await readAll(after.stream))).toEqual(['a', 'c']);
  });

  it('that cannot be read fails the read, not the stream', async () => {
    const storage = new MemoryStorage();
    const { stream } = await openTestJournal(storage);
    await append(stream, 'a');
    storage.failNext('read', 'ENOMEM');
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'journal.failed' });
    expect(textsOf(await readAll(stream))).toEqual(['a']);
  });
});

describe('read', () => {
  it('goes over segments and frames, compressed or not, in steps of any size', async () => {
    const storage = new MemoryStorage();
    const { journal, stream } = await openTestJournal(storage, { segmentBytes: 16_384, compress: true });
    const texts = Array.from({ length: 400 }, (_, index) => `${index} ${'x'.repeat(index % 97)}`);
    for (let start = 0; start < texts.length; start += 40) {
      await Promise.all(texts.slice(start, start + 40).map((text) => append(stream, text)));
    }
    expect(textsOf(await readAll(stream))).toEqual(texts);
    for (const maxEvents of [1, 3, 39, 41, 1000]) {
      const { records: part } = await stream.read(38, { maxEvents, maxBytes: 1e6 });
      expect(textsOf(part)).toEqual(texts.slice(37, 37 + maxEvents));
    }
    await journal[Symbol.asyncDispose]();
    const small = await openTestJournal(storage, { segmentBytes: 16_384 });
    for (const text of texts) await append(small.stream, text);
    expect(small.journal.status().streams[0]?.segmentCount).toBeGreaterThan(3);
    expect(textsOf(await readAll(small.stream, 200))).toEqual([...texts.slice(199), ...texts]);
  });

  it('keeps to its limits, but gives one record if there is any', async () => {
    const { stream } = await openTestJournal(new MemoryStorage());
    await Promise.all(['aaaa', 'bbbb', 'cccc'].map((text) => append(stream, text)));
    const sizeBytes = 4 + 'devices/gps0/position'.length;
    expect((await stream.read(1, { maxEvents: 9, maxBytes: 2 * sizeBytes })).records).toHaveLength(2);
    expect((await stream.read(1, { maxEvents: 9, maxBytes: 2 * sizeBytes - 1 })).records).toHaveLength(1);
    expect((await stream.read(3, { maxEvents: 9, maxBytes: 0 })).records).toHaveLength(1);
    expect(await stream.read(4, { maxEvents: 9, maxBytes: 1e6 })).toEqual({ records: [], lost: [], nextSequence: 4 });
  });

  it('gives back every field', async () => {
    const { stream } = await openTestJournal(new MemoryStorage());
    const record = sampleRecord('x', { userProperties: [['a', 'b']], expirySeconds: 0, asset: 'WDB1' });
    await new Promise<void>((resolve) => stream.append(record, () => resolve()));
    expect(await readAll(stream)).toEqual([{ stream: stream.id, epoch: stream.epoch, sequence: 1, record }]);
  });
});

describe('waitFor', () => {
  it('resolves when the sequence is synced, and when the signal aborts', async () => {
    const { stream } = await openTestJournal(new MemoryStorage());
    const abort = new AbortController();
    const resolved: string[] = [];
    const waits = [
      stream.waitFor(2, abort.signal).then(() => resolved.push('two')),
      stream.waitFor(3, abort.signal).then(() => resolved.push('three')),
    ];
    await append(stream, 'a');
    expect(resolved).toEqual([]);
    await append(stream, 'b');
    await waits[0];
    expect(resolved).toEqual(['two']);
    abort.abort();
    await waits[1];
    await stream.waitFor(2, new AbortController().signal);
    await stream.waitFor(99, abort.signal);
  });
});

describe('closing', () => {
  it('waits for what was appended and refuses what comes after; twice is harmless', async () => {
    const storage = new MemoryStorage();
    const { journal, stream } = await openTestJournal(storage);
    let isAnswered = false;
    stream.append(sampleRecord('a'), (error) => {
      isAnswered = error === undefined;
    });
    await journal[Symbol.asyncDispose]();
    expect(isAnswered).toBe(true);
    await expect(append(stream, 'b')).rejects.toMatchObject({ code: 'journal.closed' });
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'journal.closed' });
    await journal[Symbol.asyncDispose]();
    const after = await openTestJournal(storage);
    expect(textsOf(await readAll(after.stream))).toEqual(['a']);
    expect(after.stream).toMatchObject({ oldestSequence: 1, syncedSequence: 1, epoch: stream.epoch });
  });
});

it('works on real files: goes on after a restart, over segments, with its cursors', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waystation-journal-'));
  try {
    const options = { directory: join(folder, 'journal'), segmentBytes: 12_288, compress: true };
    const texts = Array.from({ length: 300 }, (_, index) => `${index} ${String(Math.sqrt(index)).repeat(9)}`);
    for (const half of [texts.slice(0, 150), texts.slice(150)]) {
      const { journal, stream } = await openTestJournal(nodeStorage, options);
      for (let start = 0; start < half.length; start += 10) {
        await Promise.all(half.slice(start, start + 10).map((text) => append(stream, text)));
      }
      const cursor = await journal.openCursor('hub', stream.id, 'oldest');
      cursor.advance(stream.syncedSequence, stream.syncedSequence);
      await journal[Symbol.asyncDispose]();
    }
    const { journal, stream, logger } = await openTestJournal(nodeStorage, options);
    expect(textsOf(await readAll(stream))).toEqual(texts);
    expect((await journal.openCursor('hub', stream.id, 'oldest')).acknowledgedSequence).toBe(300);
    expect(journal.status().streams[0]?.segmentCount).toBeGreaterThan(1);
    expect(logger.lines).toEqual([]);
    await journal[Symbol.asyncDispose]();
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('makes its folders durable before anything is written into them [J1]', async () => {
  for (let seed = 0; seed < 10; seed++) {
    const storage = new MemoryStorage();
    await openTestJournal(storage);
    const disk = storage.powerCut(seededRandom(seed));
    expect(await disk.list(`${TEST_DIRECTORY}/streams/telemetry`)).toEqual([LOSS_LOG_NAME]);
  }
});
