import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeTarget } from '#gateway/sinks/testing/target-contract.ts';
import { NodeDrive } from './node-drive.ts';
import { openTestTarget } from './open-test-target.ts';

/** The drive is full with one file that holds nothing. */
const MAX_TOTAL_BYTES = 2 ** 20;

describeTarget('a drive', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ws-'));
  const old = join(folder, 'truck-7-all-20261120T150405Z-000000001.ndjson');
  const missing = new NodeDrive({ directory: join(folder, 'missing'), requireMount: true });
  return {
    open: () => openTestTarget(folder, { maxTotalBytes: MAX_TOTAL_BYTES }),
    openUnreachable: () => openTestTarget(folder, { drive: missing }),
    setRefusing(isRefusing) {
      rmSync(old, { force: true });
      if (!isRefusing) return;
      writeFileSync(old, '');
      truncateSync(old, MAX_TOTAL_BYTES);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
});
