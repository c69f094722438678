import { expect, it } from 'vitest';
import { runCanLoad } from '#tests/support/can-load.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';

it('reads two full buses beside a receiver without losing a frame, publishes every change and the last state [S4]', async () => {
  await using folder = await openScratchFolder();
  const result = await runCanLoad({
    ...{ folder: folder.path, seconds: 20, framesPerSecond: 9_000, messageCount: 100 },
    say: () => {},
  });
  expect(result.problems).toEqual([]);
  for (const { reductionRatio, readCount } of result.buses) {
    // The gateway takes its time to find ports that appear.
    expect(readCount).toBeGreaterThan(9_000 * 5);
    expect(reductionRatio).toBeGreaterThan(10);
  }
});
