import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Child } from '#tests/support/child.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { hubSink, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';

it('leaves all of its compiled code to the next start, although it is killed', async () => {
  await using folder = await openScratchFolder();
  const cache = join(folder.path, 'code-cache');
  const hub = hubSink(await findFreePort());
  const configFile = await writeConfig(folder.path, { ...testConfig({ brokerPort: 0 }), sinks: [hub] });
  const start = () =>
    new Child(process.execPath, ['gateway/main.ts', 'run', '-c', configFile], { env: { NODE_COMPILE_CACHE: cache } });
  await using first = start();
  await first.waitForLine(/"ready"/);
  await first.kill();
  const written = await countFiles(cache);
  expect(written).toBeGreaterThan(500);
  await using second = start();
  await second.waitForLine(/"ready"/);
  await second.stop();
  expect(await countFiles(cache)).toBe(written);
});

/** Node keeps one file per module, below a folder per version of Node. */
async function countFiles(folder: string): Promise<number> {
  return (await readdir(folder, { recursive: true }).catch(() => [])).length;
}
