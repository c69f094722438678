import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '#gateway/runtime/clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { FakeDeadLetters } from '#gateway/sinks/delivery/fake-dead-letters.ts';
import { openSink } from '#gateway/sinks/open-sink.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { appendCounted, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { readEventIds } from '#gateway/sinks/testing/read-event-files.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import { runToEnd } from '#tests/support/child.ts';
import { isOnPath } from '#tests/support/is-on-path.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { MOUNT_NEED, mustSkipMounts, SmallDisk } from '#tests/support/small-disk.ts';
import { until } from '#tests/support/until.ts';

const PATIENCE_MS = 20_000;

function openFiles(journal: FakeJournal, directory: string) {
  return openSink({
    ...{ id: 'carry-home', type: 'file', gatewayId: 'truck-7', gatewayUid: 'uid-1', gatewayVersion: '1.2.3', journal },
    ...{ directory, requireMount: true, compress: 'zstd', whenFull: 'pause' },
    ...{ maxFileBytes: 2 ** 20, maxFileMinutes: 60, maxTotalBytes: 2 ** 30 },
    ...{ from: 'oldest', lanes: [TELEMETRY], filter: [], batch: { maxEvents: 200, maxBytes: 2 ** 20 } },
    ...{ retry: { firstDelayMs: 5, maxDelayMs: 20 }, pauseMs: 20, deadLetters: new FakeDeadLetters() },
    ...{ clock: systemClock, random: Math.random, logger: new MemoryLogger() },
    ...{ publisher: { publish: (_message, done) => done() }, stamp: () => sampleRecord().stamp },
  });
}

it.skipIf(await mustSkipMounts())(
  `a drive that is not there, is full, read-only, unplugged: nothing is lost, and nothing lands beside it (${MOUNT_NEED})`,
  async () => {
    await using scratch = await openScratchFolder();
    await using disk = await SmallDisk.mount(scratch.path, 'ext4');
    const directory = join(disk.path, 'waystation');
    await mkdir(directory);
    await disk.unmount();
    const journal = new FakeJournal([TELEMETRY]);
    const sink = await openFiles(journal, directory);
    const says = (words: string) =>
      until(`the sink says ${words}`, PATIENCE_MS, () => {
        appendCounted(journal, TELEMETRY, 100);
        return sink.status().lastError?.includes(words);
      });
    const isDrained = () =>
      until('all is written', PATIENCE_MS, () => sink.status().lanes.every(({ backlogCount }) => backlogCount === 0));
    const expectNothingBeside = async () => {
      await disk.unmount();
      await says('file.noDrive');
      expect(await readdir(disk.path)).toEqual([]);
    };

    await says('file.noDrive');
    expect(await readdir(disk.path)).toEqual([]);
    await disk.mountAgain();
    await isDrained();

    // No file is held open: it can be unmounted while the sink is at work.
    await expectNothingBeside();
    await disk.mountAgain();
    await isDrained();

    await disk.fill();
    await says('file.full');
    await disk.makeRoom();
    await isDrained();

    await disk.remountReadOnly();
    await says('file.notWritable');
    await expectNothingBeside();
    await disk.mountAgain();
    await isDrained();

    await disk.powerCut(async () => {});
    appendCounted(journal, TELEMETRY, 100);
    await isDrained();

    await sink[Symbol.asyncDispose]();
    const names = await readdir(directory);
    expect(names.filter((name) => !name.endsWith('.ndjson.zst'))).toEqual([]);
    const ids = await readEventIds(directory);
    expect(new Set(ids).size).toBe(journal.stream(TELEMETRY).syncedSequence);
    if (!isOnPath('zstdcat')) return;
    const { stdout } = await runToEnd(
      'zstdcat',
      names.toSorted().map((name) => join(directory, name)),
    );
    expect(stdout.split('\n')).toHaveLength(ids.length + 1);
  },
);
