import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { parseCandumpLine } from '#devices/can/log/candump.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { FakeTimekeeper } from '#gateway/sources/fake-timekeeper.ts';
import { type CaptureFolder, openCaptureFolder } from './capture-folder.ts';
import { type CaptureRules, FAILURE_INTERVAL_MS, FrameCapture } from './frame-capture.ts';

const START_MS = Date.UTC(2026, 10, 20, 15, 4, 5, 213);
const RULES: CaptureRules = { beforeMs: 3000, afterMs: 1000, maxBytes: 65_536, maxFiles: 3 };

let folder: string;
let clock: FakeClock;
let events: Record<string, unknown>[];
let logger: MemoryLogger;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-capture-'));
  clock = new FakeClock(START_MS);
  events = [];
  logger = new MemoryLogger();
});
afterEach(() => rm(folder, { recursive: true }));

function open(rules: Partial<CaptureRules> = {}, files: CaptureFolder = openCaptureFolder(folder)) {
  const timekeeper = new FakeTimekeeper(clock);
  return new FrameCapture({
    deviceId: 'can0',
    rules: { ...RULES, ...rules },
    folder: files,
    clock,
    stamp: () => timekeeper.stamp(),
    send: (name, payload) => events.push({ name, ...JSON.parse(Buffer.from(payload).toString()) }),
    logger,
  });
}

const NOTHING = new Uint8Array(0);

/** A real folder on a disk that may be full. */
function failing(isFull: () => boolean): CaptureFolder {
  const real = openCaptureFolder(folder);
  return {
    async create(...args) {
      const file = await real.create(...args);
      const write = async (text: string) => {
        if (isFull()) throw new Error('ENOSPC: no space left on device, write');
        await file.write(text);
      };
      return { ...file, write };
    },
  };
}

function frame(id: number, rest: Partial<CanFrame> = {}): CanFrame {
  return { id, isExtended: false, isRemote: false, data: Uint8Array.of(id & 255, 2), ...rest };
}

/** A frame each 100 ms. */
async function run(capture: FrameCapture, count: number, firstId = 0): Promise<void> {
  for (let index = 0; index < count; index++) {
    capture.note(frame(firstId + index), clock.monotonicMs());
    await clock.advance(100);
  }
}

async function until(isThere: () => boolean): Promise<void> {
  // The disk is a real one, and the clock stands still meanwhile.
  await expect.poll(isThere, { timeout: 5000, interval: 5 }).toBe(true);
}

/** Lets the clock go on until the event of the capture is there. */
async function finish(count = 1): Promise<void> {
  await until(() => {
    void clock.advance(100);
    return events.length >= count;
  });
}

describe('FrameCapture', () => {
  it('writes the frames before and after a trigger as candump does', async () => {
    await using capture = open();
    await run(capture, 50);
    const answer = capture.freeze(Buffer.from('{"reason":"harsh braking"}'));
    expect(answer).toBe('a capture is being written; it ends 1 s from now');
    expect(capture.status()).toMatchObject({ state: 'writing', bufferedFrameCount: 50, fileCount: 0 });
    await run(capture, 20, 0x100);
    await finish();
    const [name = ''] = await readdir(folder);
    expect(name).toBe('can0-20261120T150410213Z-1.log');
    const lines = (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n');
    const records = lines.map(parseCandumpLine).map((line) => (line.isDecoded ? line.value : undefined));
    // Three seconds before: frames 20 to 49; one second after: ten.
    const ids = [
      ...Array.from({ length: 30 }, (_, index) => 20 + index),
      ...Array.from({ length: 10 }, (_, index) => 256 + index),
    ];
    expect(records.map((record) => record?.frame.id)).toEqual(ids);
    expect(records[0]?.timeMs).toBe(START_MS + 2000);
    expect(events).toEqual([
      {
        ...{ name: 'capture', type: 'can.capture', version: 1, time: '2026-11-20T15:04:10.213Z', clock: 'system' },
        data: {
          ...{ file: name, reason: 'harsh braking', triggers: 1, frames: 40 },
          ...{ from: '2026-11-20T15:04:07.213Z', to: '2026-11-20T15:04:11.113Z' },
          sizeBytes: lines.join('\n').length + 1,
        },
      },
    ]);
    expect(capture.status()).toMatchObject({ state: 'waiting', fileCount: 1 });
  });

  it('is prolonged by triggers that come meanwhile, and counts them', async () => {
    await using capture = open();
    capture.freeze(NOTHING);
    await run(capture, 8);
    expect(capture.freeze(NOTHING)).toBe('the capture that is being written goes on for 1 s from now');
    await run(capture, 30, 0x100);
    await finish();
    expect(events).toMatchObject([{ data: { triggers: 2, frames: 8 + 10 } }]);
  });

  it('keeps no more files than it may, of its own device, and removes what was left half written', async () => {
    const others = ['can0-b-20200101T000000000Z-1.log', 'can0-notes.txt'];
    // The clock of the host was right at first, and then stood at the beginning of time.
    const old = [
      'can0-20250101T000000000Z-9.log',
      'can0-19700101T000000001Z-10.log',
      'can0-19700101T000000000Z-11.log',
    ];
    const torn = 'can0-20230101T000000000Z-12.log.part';
    for (const name of [...others, ...old, torn]) await writeFile(join(folder, name), '');
    await using capture = open();
    capture.freeze(NOTHING);
    await finish();
    const names = await readdir(folder);
    expect(names.sort()).toEqual([...old.slice(1), 'can0-20261120T150405213Z-13.log', ...others].sort());
  });

  it('costs none of the files before it when it fails', async () => {
    const old = ['can0-20200101T000000000Z-1.log', 'can0-20210101T000000000Z-2.log', 'can0-20220101T000000000Z-3.log'];
    for (const name of old) await writeFile(join(folder, name), '');
    await using capture = open(
      {},
      failing(() => true),
    );
    capture.note(frame(1), 0);
    capture.freeze(NOTHING);
    await finish();
    expect((await readdir(folder)).sort()).toEqual(old);
  });

  it('tells of a disk that fails once a minute, however often it is triggered, and again when it had worked meanwhile', async () => {
    let isFull = true;
    const write = async () => {
      if (isFull) throw new Error('EIO: i/o error, write');
    };
    const file = { name: 'x', write, finish: async () => {}, discard: async () => {} };
    await using capture = open({ afterMs: 0 }, { create: async () => file });
    const fail = async (count: number) => {
      for (let index = 0; index < count; index++) {
        capture.note(frame(1), clock.monotonicMs() - 1);
        capture.freeze(NOTHING);
        await clock.advance(1);
      }
    };
    await fail(20);
    expect([events.length, logger.lines.length, capture.status().failureCount]).toEqual([1, 1, 20]);
    await clock.advance(FAILURE_INTERVAL_MS);
    await fail(2);
    expect([events.length, logger.lines.length]).toEqual([2, 2]);
    isFull = false;
    await fail(1);
    isFull = true;
    await fail(2);
    expect(logger.lines.map(({ text }) => text)).toEqual([
      'A capture could not be written.',
      'A capture could not be written.',
      'A capture is written.',
      'A capture could not be written.',
    ]);
  });

  it('does not keep the gateway from ending when the disk hangs', async () => {
    const capture = open({}, { create: () => new Promise(() => {}) });
    capture.freeze(NOTHING);
    const closed = capture[Symbol.asyncDispose]();
    await clock.advance(5000);
    await closed;
  });

  it('ends a file at its bound although triggers come for ever', async () => {
    await using capture = open({ afterMs: 600_000 });
    capture.freeze(NOTHING);
    await until(() => {
      for (let index = 0; index < 1000; index++) capture.note(frame(index), clock.monotonicMs());
      void clock.advance(200);
      return events.length > 0;
    });
    const [{ data }] = events as [{ data: { sizeBytes: number } }];
    expect(data.sizeBytes).toBeGreaterThanOrEqual(4 * RULES.maxBytes);
    expect(data.sizeBytes).toBeLessThan(4 * RULES.maxBytes + 500 * 64);
  });

  it('says how many frames went before they could be written', async () => {
    const release = Promise.withResolvers<void>();
    const slow: CaptureFolder = {
      create: async () => {
        await release.promise;
        return { name: 'x', write: async () => {}, finish: async () => {}, discard: async () => {} };
      },
    };
    await using capture = open({}, slow);
    capture.freeze(NOTHING);
    for (let index = 0; index < 10_000; index++) capture.note(frame(index & 0x7ff), 0);
    release.resolve();
    await finish();
    const { bufferedFrameCount } = capture.status();
    expect(events).toMatchObject([{ data: { frames: bufferedFrameCount, lostFrames: 10_000 - bufferedFrameCount } }]);
  });

  it('goes on when the disk is full, says so, and leaves nothing behind', async () => {
    let isFull = true;
    await using capture = open(
      {},
      failing(() => isFull),
    );
    capture.note(frame(1), 0);
    capture.freeze(NOTHING);
    await finish();
    expect(events).toMatchObject([{ data: { error: 'ENOSPC: no space left on device, write' } }]);
    expect(events[0]).not.toHaveProperty('data.file');
    expect(capture.status()).toMatchObject({ state: 'waiting', fileCount: 0, lastError: /ENOSPC/ });
    expect(await readdir(folder)).toEqual([]);
    isFull = false;
    capture.freeze(NOTHING);
    await finish(2);
    expect(capture.status()).toMatchObject({ fileCount: 1 });
    expect(capture.status()).not.toHaveProperty('lastError');
  });

  it('goes on when there can be no folder', async () => {
    await writeFile(join(folder, 'file'), '');
    await using capture = open({}, openCaptureFolder(join(folder, 'file/captures')));
    capture.freeze(NOTHING);
    await finish();
    expect(events).toMatchObject([{ data: { error: /ENOTDIR|ENOENT|EEXIST/ } }]);
  });

  it('ends with what it has when the gateway stops', async () => {
    const capture = open();
    capture.note(frame(1), 0);
    capture.freeze(Buffer.from('{"reason":7}'));
    await capture[Symbol.asyncDispose]();
    expect(events).toMatchObject([{ data: { frames: 1 } }]);
    expect(events[0]).not.toHaveProperty('data.reason');
  });

  it('writes what log2asc of can-utils reads', async ({ skip }) => {
    const tool = '/usr/bin/log2asc';
    if (!(await readFile(tool).catch(() => undefined))) skip('can-utils are not installed');
    await mkdir(join(folder, 'made'), { recursive: true });
    await using capture = open({}, openCaptureFolder(join(folder, 'made')));
    capture.note(frame(0x123), 0);
    capture.note(frame(0x18fe_f100, { isExtended: true }), 0);
    capture.note(frame(0x7, { isRemote: true, data: NOTHING }), 0);
    capture.freeze(NOTHING);
    await finish();
    const [name = ''] = await readdir(join(folder, 'made'));
    const asc = execFileSync(tool, ['-I', join(folder, 'made', name), 'can0'], { encoding: 'utf8' });
    expect(asc).toMatch(/1\s+123\s+Rx\s+d 2 23 02/);
    expect(asc).toMatch(/1\s+18FEF100x\s+Rx\s+d 2 00 02/);
    expect(asc).toMatch(/1\s+7\s+Rx\s+r/);
  });
});
