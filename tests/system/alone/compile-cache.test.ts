import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Child } from '#tests/support/child.ts';
import { testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

it('leaves its compiled code to the next start, although it is killed', async () => {
  await using folder = await openScratchFolder();
  const cache = join(folder.path, 'code-cache');
  const configFile = await writeConfig(folder.path, testConfig({ brokerPort: 0 }));
  const args = ['gateway/main.ts', 'run', '-c', configFile];
  await using gateway = new Child(process.execPath, args, { env: { NODE_COMPILE_CACHE: cache } });
  await gateway.waitForLine(/"ready"/);
  await until('the code is written', 10_000, async () => (await countFiles(cache)) > 50);
  await gateway.kill();
  expect(await countFiles(cache)).toBeGreaterThan(50);
});

/** Node keeps one file per module, below a folder per version of Node. */
async function countFiles(folder: string): Promise<number> {
  return (await readdir(folder, { recursive: true }).catch(() => [])).length;
}
