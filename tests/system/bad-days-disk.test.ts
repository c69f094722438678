import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PUBLISHER, runWaystation } from '#tests/support/gateway-process.ts';
import {
  counterIn,
  expectWholeAndInOrder,
  isCounted,
  isDrained,
  openScene,
  PATIENCE_MS,
  type SceneChoices,
  upTo,
} from '#tests/support/scene.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { type FileSystem, limitWrites, MOUNT_NEED, mustSkipMounts, SmallDisk } from '#tests/support/small-disk.ts';
import { until } from '#tests/support/until.ts';

/** A block of 4 KiB, and records that take more than 41 bytes. */
const MAX_RECORDS_IN_A_BLOCK = 100;

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

async function openDiskScene(fileSystem: FileSystem, choices: Partial<SceneChoices> = {}, sizeMiB?: number) {
  const folder = cleanup.use(await openScratchFolder());
  const disk = cleanup.use(await SmallDisk.mount(folder.path, fileSystem, sizeMiB));
  const dataDir = join(disk.path, 'data');
  return { disk, ...(await openScene(cleanup, { folder: folder.path, dataDir, ...choices })) };
}

interface Heard {
  readonly topic: string;
  readonly payload: Buffer;
}

/** A plain client; it hears what the broker fans out. */
async function connectListener(brokerPort: number) {
  const { username, password } = PUBLISHER;
  const client = await connectAsync({ port: brokerPort, host: '127.0.0.1', username, password, reconnectPeriod: 0 });
  cleanup.defer(() => client.endAsync(true));
  const heard: Heard[] = [];
  client.on('message', (topic, payload) => heard.push({ topic, payload }));
  await client.subscribeAsync('#', { qos: 1 });
  const counters = () => heard.filter(isCounted).map(({ payload }) => counterIn(payload));
  return { client, heard, counters };
}

/** QoS 0 on a journaled topic, and QoS 1 on one that is in no stream, pass as ever [J7]. */
async function expectUnjournaledFlows(client: MqttClient, heard: readonly Heard[]): Promise<void> {
  await client.publishAsync('sensors/other', 'at most once', { qos: 0 });
  await client.publishAsync('chat/crew', 'in no stream', { qos: 1 });
  await until('both are heard', PATIENCE_MS, () =>
    ['at most once', 'in no stream'].every((wanted) => heard.some(({ payload }) => payload.toString() === wanted)),
  );
}

describe.skipIf(await mustSkipMounts())(`a dataDir on a disk of its own (${MOUNT_NEED})`, () => {
  it.each(['tmpfs', 'ext4'] as const)(
    'that is full (%s) refuses without acknowledging or fanning out, and resumes by itself, over a restart too [J7]',
    async (fileSystem) => {
      // Large enough to use up soon what the segment had been given before.
      const choices = { paddingBytes: 4096 };
      const scene = await openDiskScene(fileSystem, choices);
      const { disk, hub, link, brokerPort, configFile, start, status, publisher } = scene;
      const gateway = await start();
      const { client, heard, counters } = await connectListener(brokerPort);
      publisher.start();
      await until('events flow', PATIENCE_MS, () => hub.distinctCount > 50);
      link.cut();

      await disk.fill();
      const full = await status('the journal is full', ({ journal }) => journal.state === 'full');
      expect(full.journal.streams.find(({ id }) => id === 'telemetry')?.lastError).toMatch(
        /^journal\.full: Writing \d+ records? to .*disk\/data.*: the disk is full\. Free disk space.*resumes by itself\.$/,
      );
      expect((await runWaystation('status', '-c', configFile)).stdout).toMatch(/^journal full: .*journal\.full: /ms);
      const atFull = publisher.acknowledgedCount;
      await until('the connection is closed', PATIENCE_MS, () => !publisher.isOnline);
      const refused = (await status('it is counted', () => true)).broker.refusals['journalFull'] ?? 0;
      await status('more is refused', ({ broker }) => (broker.refusals['journalFull'] ?? 0) > refused);
      // The last block of the file still takes a few records.
      expect(publisher.acknowledgedCount - atFull).toBeLessThan(MAX_RECORDS_IN_A_BLOCK);
      await until('nothing but what is acknowledged is heard', PATIENCE_MS, () => {
        return counters().length === publisher.acknowledgedCount;
      });
      expect(counters()).toEqual(upTo(publisher.acknowledgedCount));
      await expectUnjournaledFlows(client, heard);
      // What many refusals leave in the log is a few lines.
      expect(gateway.lines.filter((line) => line.includes('journal.full')).length).toBeLessThan(6);

      await gateway.kill();
      await start();
      await status('it is full after a restart', ({ journal }) => journal.state === 'full');
      link.restore();
      await until('what was acknowledged is delivered from the full disk', PATIENCE_MS, () => {
        return hub.distinct.filter(isCounted).length === publisher.acknowledgedCount;
      });
      expect(publisher.acknowledgedCount - atFull).toBeLessThan(MAX_RECORDS_IN_A_BLOCK);

      await disk.makeRoom();
      await until('intake resumes', PATIENCE_MS, () => publisher.acknowledgedCount > atFull + 200);
      expect(
        (await status('the journal is well', ({ journal }) => journal.state === 'ok')).journal.streams,
      ).not.toContainEqual(expect.objectContaining({ lastError: expect.anything() }));
      await publisher.finish(PATIENCE_MS);
      await status('the backlog is drained', isDrained);
      expectWholeAndInOrder(hub, publisher);
    },
  );

  it.each([
    ['the backlog of a sink fills', false],
    ['another file fills to the last byte', true],
  ])(
    'that %s is emptied by the sink that drains, in place, and intake resumes by itself [J7 J9 J10]',
    async (_, isFilled) => {
      const segments = { journal: { segmentBytes: '1MiB' }, paddingBytes: 8192 };
      const { disk, hub, link, brokerPort, configFile, start, status, publisher } = await openDiskScene(
        'tmpfs',
        segments,
        8,
      );
      const gateway = await start();
      const { client, heard, counters } = await connectListener(brokerPort);
      publisher.start();
      await until('events flow', PATIENCE_MS, () => hub.distinctCount > 50);
      link.cut();
      await status('there are segments', ({ journal }) => journal.streams.some(({ segmentCount }) => segmentCount > 3));
      if (isFilled) await disk.fill();

      // Until the last block of the disk is used, a smaller record may still find room.
      await until('the command says that the journal is full', PATIENCE_MS, async () => {
        return /^journal full: .*Free disk space/ms.test((await runWaystation('status', '-c', configFile)).stdout);
      });
      await until('nothing but what is acknowledged is heard', PATIENCE_MS, () => {
        return !publisher.isOnline && counters().length === publisher.acknowledgedCount;
      });
      expect(counters()).toEqual(upTo(publisher.acknowledgedCount));
      await expectUnjournaledFlows(client, heard);
      const atFull = publisher.acknowledgedCount;
      expect(hub.distinct.filter(isCounted).length).toBeLessThan(atFull);

      // What the journal has given back by then is taken too: cursors and losses move without one byte.
      if (isFilled) await disk.fill();
      if (isFilled) expect(await disk.freeBytes()).toBe(0);
      link.restore();
      // More than half of the disk: in files that are used again, for there is no room for others.
      await until('intake resumes', PATIENCE_MS, () => publisher.acknowledgedCount > atFull + 500);
      await publisher.finish(PATIENCE_MS);
      const drained = await status('the backlog is drained', isDrained);

      await gateway.kill();
      await start();
      const telemetry = await status('it is ready', () => true);
      const [lane] = telemetry.sinks.flatMap(({ lanes }) => lanes.filter(({ stream }) => stream === 'telemetry'));
      const [before] = drained.sinks.flatMap(({ lanes }) => lanes.filter(({ stream }) => stream === 'telemetry'));
      expect(lane?.acknowledgedSequence).toBe(before?.acknowledgedSequence);
      const { stdout } = await runWaystation('journal', 'stat', '--json', '-c', configFile);
      expect(stdout).toMatch(/"lost":\[\{"from":1,"to":\d+,"epoch":"[0-9a-f]+","reason":"quota"/);
      expect(hub.distinct.filter(({ topic }) => topic.endsWith('gateway.lost'))).toEqual([]);
      expectWholeAndInOrder(hub, publisher);
    },
  );

  it('that is read-only at the start is no place to run in: 73 and the remedy', async () => {
    const { disk, configFile, start } = await openDiskScene('tmpfs');
    await (await start()).stop();
    await disk.remountReadOnly();
    const { code, stderr } = await runWaystation('run', '-c', configFile);
    expect(code).toBe(73);
    expect(stderr).toMatch(
      /^error: Opening the dataDir .*disk\/data: .*read-only file system.*\nremedy: .*mounted writable.*\n$/s,
    );
  });

  it('that is full at the very first start is no place to run in: 73 and the remedy, and a start that works once there is room', async () => {
    const { disk, configFile, start } = await openDiskScene('ext4');
    await mkdir(join(disk.path, 'data'));
    await disk.fill();
    const { code, stderr } = await runWaystation('run', '-c', configFile);
    expect(code).toBe(73);
    expect(stderr).toMatch(/^error: .*disk\/data.*no space left.*\nremedy: .*not full\.\n$/s);
    await disk.makeRoom();
    expect((await (await start()).stop()).code).toBe(0);
  });

  it('that takes no write refuses and says so, and resumes by itself when it takes them again [J6 J7]', async () => {
    const { hub, brokerPort, start, status, publisher } = await openDiskScene('tmpfs');
    const gateway = await start();
    const { client, heard } = await connectListener(brokerPort);
    // A session that is not written down yet could not even begin.
    publisher.start();
    await until('events flow', PATIENCE_MS, () => hub.distinctCount > 50);
    await limitWrites(gateway.pid, 'none');
    const failed = await status('the stream has failed', ({ journal }) =>
      journal.streams.some(({ id, state }) => id === 'telemetry' && state === 'failed'),
    );
    const atFailure = publisher.acknowledgedCount;
    expect(failed.journal.state).toBe('failed');
    expect(failed.journal.streams.find(({ id }) => id === 'telemetry')?.lastError).toMatch(
      /^journal\.failed: .*EFBIG: file too large.* Check the disk/,
    );
    await until('the connection is closed', PATIENCE_MS, () => publisher.interruptedCounters.size > 0);
    expect(publisher.acknowledgedCount).toBe(atFailure);
    await expectUnjournaledFlows(client, heard);
    await limitWrites(gateway.pid, 'any');
    await until('intake resumes', PATIENCE_MS, () => publisher.acknowledgedCount > atFailure + 50);
    await publisher.finish(PATIENCE_MS);
    await status('the backlog is drained', isDrained);
    expectWholeAndInOrder(hub, publisher);
  });

  it('that breaks and turns read-only loses nothing acknowledged: delivered from it, and there after the repair [J1 J5]', async () => {
    const { disk, hub, link, start, status, publisher } = await openDiskScene('ext4');
    const gateway = await start();
    publisher.start();
    await until('events flow', PATIENCE_MS, () => hub.distinctCount > 50);
    link.cut();
    const atCut = publisher.acknowledgedCount;
    await until('there is a backlog', PATIENCE_MS, () => publisher.acknowledgedCount > atCut + 100);
    await disk.breakDown();
    const failed = await status('the journal has failed', ({ journal }) => journal.state === 'failed');
    expect(failed.journal.streams.find(({ id }) => id === 'telemetry')?.lastError).toMatch(
      /^journal\.failed: .*EROFS: read-only file system.* Check the disk/,
    );
    await until('the connection is closed', PATIENCE_MS, () => !publisher.isOnline);
    const acknowledged = publisher.acknowledgedCount;
    link.restore();
    await until('the backlog is delivered', PATIENCE_MS, () => hub.distinctCount >= acknowledged);

    expect((await gateway.stop()).code).toBe(0);
    await disk.unmount();
    await disk.repair();
    await disk.mountAgain();
    await start();
    await until('intake resumes', PATIENCE_MS, () => publisher.acknowledgedCount > acknowledged + 100);
    await publisher.finish(PATIENCE_MS);
    await status('the backlog is drained', isDrained);
    expectWholeAndInOrder(hub, publisher);
  });
});
