import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { readEventIds } from '#gateway/sinks/testing/read-event-files.ts';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { NodeDrive } from './node-drive.ts';
import { idsOf, openTestTarget, packetsOf } from './open-test-target.ts';

const NEVER = new AbortController().signal;
const FIRST = 'truck-7-all-20261120T150405Z-000000001.ndjson';

let folder: string;
let names: () => Promise<readonly string[]>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ws-'));
  names = async () => (await readdir(folder)).toSorted();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a line', () => {
  it('is the CloudEvent that a hub gets in structured mode', async () => {
    const [packet] = packetsOf(openTestTarget(folder), 7, 7);
    expect(packet?.line.at(-1)).toBe(0x0a);
    expect(JSON.parse(packet?.line.toString() ?? '')).toMatchObject({
      ...{
        specversion: '1.0',
        id: 'telemetry/00000000000000aa/7',
        source: '/gateways/uid-1',
        subject: 'sensors/tyre/1',
      },
      ...{ time: '2026-11-20T15:04:05.200Z', datacontenttype: 'application/json', data: 2.4 },
    });
  });

  it.each(['{\n "type": "x" }', '[\r1]', '{"type":"x"}\n'])(
    'is one line whatever the payload looks like: %j',
    (text) => {
      const { line } = openTestTarget(folder).prepare(sampleEvent({ topic: 'devices/x', payload: Buffer.from(text) }));
      expect([line.indexOf('\n'), line.includes('\r')]).toEqual([line.length - 1, false]);
      expect(JSON.parse(line.toString())).toMatchObject({
        datacontenttype: 'application/json',
        data_base64: Buffer.from(text).toString('base64'),
      });
    },
  );
});

describe('a file', () => {
  it('is written as a part, and gets its name when the connection ends', async () => {
    const target = openTestTarget(folder);
    const connection = await target.connect(NEVER);
    expect(await connection.send(packetsOf(target, 1, 3))).toEqual({ kind: 'accepted' });
    expect(await names()).toEqual([`${FIRST}.part`]);
    await connection[Symbol.asyncDispose]();
    expect(await names()).toEqual([FIRST]);
    expect(await readEventIds(folder)).toEqual(idsOf(1, 3));
  });

  it.each(['none', 'zstd', 'gzip'] as const)('ends before it gets too large, compressed by %s', async (codec) => {
    const target = openTestTarget(folder, { codec, maxFileBytes: codec === 'none' ? 2500 : 800 });
    await using connection = await target.connect(NEVER);
    for (let from = 1; from <= 16; from += 4) await connection.send(packetsOf(target, from, from + 3));
    expect((await names()).length).toBeGreaterThan(1);
    expect((await names()).filter((name) => name.endsWith('.part'))).toHaveLength(1);
    expect(await readEventIds(folder)).toEqual(idsOf(1, 16));
  });

  it('ends in time although nothing more comes', async () => {
    const clock = new FakeClock();
    const target = openTestTarget(folder, { clock, maxFileMs: 60_000 });
    await using connection = await target.connect(NEVER);
    await connection.send(packetsOf(target, 1, 1));
    await clock.advance(59_999);
    expect(await names()).toEqual([`${FIRST}.part`]);
    await clock.advance(1);
    await expect.poll(names).toEqual([FIRST]);
  });

  it('has the run of the clock in its name where no date is known', async () => {
    const target = openTestTarget(folder);
    await using connection = await target.connect(NEVER);
    await connection.send([target.prepare({ ...sampleEvent(), accepted: { basis: 'unknown' } })]);
    expect(await names()).toEqual(['truck-7-all-run-00000000000000cc-000000001.ndjson.part']);
  });

  it('has a number of its own, also on a drive that was emptied meanwhile', async () => {
    const target = openTestTarget(folder);
    for (const number of [1, 2]) {
      await using connection = await target.connect(NEVER);
      await connection.send(packetsOf(target, number, number));
      if (number === 1) await rm(join(folder, `${FIRST}.part`));
    }
    expect(await names()).toEqual([FIRST.replace('1.ndjson', '2.ndjson')]);
  });
});

describe('a drive', () => {
  it('that is not there is waited for, and nothing is made in its place', async () => {
    const missing = join(folder, 'waystation');
    const target = openTestTarget(missing, { drive: new NodeDrive({ directory: missing, requireMount: true }) });
    await expect(target.connect(NEVER)).rejects.toMatchObject({ code: 'file.noDrive', isRetryable: true });
    expect(await names()).toEqual([]);
  });

  it('that is the disk of the host is none where one must be mounted', async () => {
    const drive = new NodeDrive({ directory: '/', requireMount: true });
    await expect(openTestTarget('/', { drive }).connect(NEVER)).rejects.toMatchObject({ code: 'file.noDrive' });
    await expect(drive.write('never-made', 0, Buffer.from('x'))).rejects.toMatchObject({ code: 'file.noDrive' });
    expect(await readdir('/')).not.toContain('never-made');
  });

  it('that fails in a sync and in the cut after it is cut by the next connection where it was acknowledged', async () => {
    const drive = new NodeDrive({ directory: folder, requireMount: false });
    const target = openTestTarget(folder, { drive });
    const first = await target.connect(NEVER);
    await first.send(packetsOf(target, 1, 2));
    const healed = failSyncs(drive);
    expect(await first.send(packetsOf(target, 3, 4))).toMatchObject({ kind: 'retry' });
    await first[Symbol.asyncDispose]();
    expect(await readEventIds(folder)).toEqual(idsOf(1, 4));
    healed();
    await using second = await target.connect(NEVER);
    expect(await readEventIds(folder)).toEqual(idsOf(1, 2));
    await second.send(packetsOf(target, 3, 4));
    expect(await readEventIds(folder)).toEqual(idsOf(1, 4));
  });

  it('that fails so before anything of a file was acknowledged leaves no file', async () => {
    const drive = new NodeDrive({ directory: folder, requireMount: false });
    const target = openTestTarget(folder, { drive });
    const first = await target.connect(NEVER);
    const healed = failSyncs(drive);
    expect(await first.send(packetsOf(target, 1, 2))).toMatchObject({ kind: 'retry' });
    await first[Symbol.asyncDispose]();
    healed();
    await using _second = await target.connect(NEVER);
    expect(await names()).toEqual([]);
  });

  it('that fails so in the last life of a process gives the next one repeats, under the same ids, and loses nothing', async () => {
    const drive = new NodeDrive({ directory: folder, requireMount: false });
    const target = openTestTarget(folder, { drive });
    const first = await target.connect(NEVER);
    await first.send(packetsOf(target, 1, 2));
    failSyncs(drive);
    await first.send(packetsOf(target, 3, 4));
    await first[Symbol.asyncDispose]();
    const restarted = openTestTarget(folder);
    const second = await restarted.connect(NEVER);
    await second.send(packetsOf(restarted, 3, 4));
    await second[Symbol.asyncDispose]();
    expect(await readEventIds(folder)).toEqual([...idsOf(1, 4), ...idsOf(3, 4)]);
  });

  it('that goes between two batches takes no more', async () => {
    const target = openTestTarget(folder);
    await using connection = await target.connect(NEVER);
    await connection.send(packetsOf(target, 1, 1));
    await rm(folder, { recursive: true });
    expect(await connection.send(packetsOf(target, 2, 2))).toMatchObject({
      kind: 'retry',
      error: { code: 'file.noDrive' },
    });
  });

  it.each([
    ['EIO', 'retry', 'file.failed'],
    ['ENOSPC', 'pause', 'file.full'],
    ['EROFS', 'pause', 'file.notWritable'],
  ])('that says %s in a sync: %s, and what is in doubt is cut off', async (code, kind, said) => {
    const drive = new NodeDrive({ directory: folder, requireMount: false });
    const target = openTestTarget(folder, { drive });
    const connection = await target.connect(NEVER);
    await connection.send(packetsOf(target, 1, 2));
    const write = drive.write.bind(drive);
    drive.write = async (name, offset, bytes) => {
      await write(name, offset, bytes);
      if (bytes.length > 0) throw Object.assign(new Error(`${code}: in a test`), { code });
    };
    expect(await connection.send(packetsOf(target, 3, 4))).toMatchObject({ kind, error: { code: said } });
    expect(await connection.send(packetsOf(target, 5, 6))).toMatchObject({ kind });
    await connection[Symbol.asyncDispose]();
    expect(await readEventIds(folder)).toEqual(idsOf(1, 2));
  });

  it('that fails in the middle of a line, and in all that follows, keeps its part for the next start', async () => {
    const drive = new NodeDrive({ directory: folder, requireMount: false });
    const target = openTestTarget(folder, { drive });
    const connection = await target.connect(NEVER);
    await connection.send(packetsOf(target, 1, 2));
    const write = drive.write.bind(drive);
    drive.write = async (name, offset, bytes) => {
      if (bytes.length > 0) await write(name, offset, bytes.subarray(0, 10));
      throw Object.assign(new Error('EIO: in a test'), { code: 'EIO' });
    };
    expect(await connection.send(packetsOf(target, 3, 4))).toMatchObject({ kind: 'retry' });
    await connection[Symbol.asyncDispose]();
    expect(await names()).toEqual([`${FIRST}.part`]);
    await using _next = await openTestTarget(folder).connect(NEVER);
    expect(await names()).toEqual([FIRST]);
    expect(await readEventIds(folder)).toEqual(idsOf(1, 2));
  });
});

describe('the files of a sink', () => {
  it('stop at what they may take together', async () => {
    const target = openTestTarget(folder, { maxFileBytes: 1000, maxTotalBytes: 2500 });
    await using connection = await target.connect(NEVER);
    const kinds: string[] = [];
    for (let n = 1; n <= 12; n++) kinds.push((await connection.send(packetsOf(target, n, n))).kind);
    const taken = kinds.filter((kind) => kind === 'accepted').length;
    expect(taken).toBeGreaterThan(3);
    expect(await connection.send(packetsOf(target, 1, 1))).toMatchObject({
      kind: 'pause',
      error: { code: 'file.quotaReached' },
    });
    expect(await readEventIds(folder)).toEqual(idsOf(1, taken));
  });

  it.each(['pause', 'deleteOldest'] as const)('count also those from when it had other lanes: %s', async (whenFull) => {
    const earlier = [
      FIRST.replace('all', 'alerts'),
      FIRST.replace('all', 'telemetry').replace('1.ndjson', '2.ndjson.part'),
    ];
    for (const name of earlier) await writeFile(join(folder, name), '{"id":"earlier"}\n'.repeat(100));
    const owner = { gatewayId: 'truck-7', label: 'all', earlierLabels: ['alerts', 'telemetry'] };
    const target = openTestTarget(folder, { owner, maxFileBytes: 1000, maxTotalBytes: 3600, whenFull });
    await using connection = await target.connect(NEVER);
    // The part of a sink that has other lanes now is ended as well.
    expect(await names()).toEqual(earlier.map((name) => name.replace('.part', '')));
    const first = await connection.send(packetsOf(target, 1, 1));
    if (whenFull === 'pause') expect(first).toMatchObject({ kind: 'pause', error: { code: 'file.quotaReached' } });
    else expect(await names()).toEqual([FIRST.replace('1.ndjson', '3.ndjson.part'), earlier[1]?.replace('.part', '')]);
  });

  it('make room for new ones where they may, the oldest first, and only they', async () => {
    const others = [
      'holiday.jpg',
      FIRST.replace('truck-7', 'truck-8'),
      FIRST.replace('all', 'alerts'),
      `${FIRST}.txt`,
      'truck-7-all-20260101T000000Z-1.ndjson',
    ];
    for (const name of others) await writeFile(join(folder, name), '{"id":"other"}\n'.repeat(200));
    await mkdir(join(folder, FIRST.replace('1.ndjson', '9.ndjson')));
    const target = openTestTarget(folder, { maxFileBytes: 1000, maxTotalBytes: 2500, whenFull: 'deleteOldest' });
    await using connection = await target.connect(NEVER);
    for (let n = 1; n <= 30; n++) expect(await connection.send(packetsOf(target, n, n))).toEqual({ kind: 'accepted' });
    expect(await names()).toEqual(expect.arrayContaining(others));
    const own = (await names()).filter((name) => name.startsWith('truck-7-all-20261120') && !name.endsWith('.txt'));
    const numbers = own.filter((name) => !name.includes('000000009')).map((name) => Number(name.slice(29, 38)));
    expect(Math.min(...numbers)).toBeGreaterThan(1);
    let bytes = 0;
    for (const name of own) if (!name.includes('000000009')) bytes += (await readFile(join(folder, name))).length;
    expect(bytes).toBeLessThanOrEqual(2500);
  });

  it('are told from those of others before they are looked at: a name may be no UTF-8', async () => {
    const latin1 = Buffer.concat([Buffer.from(join(folder, 'men')), Buffer.of(0xfc), Buffer.from('.txt')]);
    await writeFile(latin1, 'fish');
    const target = openTestTarget(folder);
    await using connection = await target.connect(NEVER);
    expect(await connection.send(packetsOf(target, 1, 1))).toEqual({ kind: 'accepted' });
    expect(await readFile(latin1, 'utf8')).toBe('fish');
  });
});

/** Lets bytes reach the files, and every sync and cut fail from now on. @returns what ends that */
function failSyncs(drive: NodeDrive): () => void {
  const write = drive.write.bind(drive);
  const remove = drive.remove.bind(drive);
  const fail = () => Promise.reject(Object.assign(new Error('EIO: in a test'), { code: 'EIO' }));
  drive.write = async (name, offset, bytes) => {
    if (bytes.length > 0) await write(name, offset, bytes);
    await fail();
  };
  drive.remove = fail;
  return () => Object.assign(drive, { write, remove });
}
