import { describe, expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { formatProgress, Progress } from './progress.ts';

describe('formatProgress', () => {
  it.each([
    [{ unit: 'records', done: 250, total: 1000, elapsedMs: 2000 }, '25 % of 1000 records, 125 records/s, 6 s left'],
    [{ unit: 'bytes', done: 2 ** 20, total: 2 ** 28, elapsedMs: 1000 }, '0 % of 256.0 MiB, 1.0 MiB/s, 4 min 15 s left'],
    [{ unit: 'records', done: 0, total: 10, elapsedMs: 3000 }, '0 % of 10 records, 0 records/s'],
    [{ unit: 'records', done: 12, total: 10, elapsedMs: 1000 }, '100 % of 10 records, 12 records/s, 0 s left'],
  ])('says how far, how fast and how long: %j', (state, text) => {
    expect(formatProgress(state)).toBe(text);
  });
});

describe('Progress', () => {
  const open = (isTTY: boolean) => {
    const clock = new FakeClock();
    const written: string[] = [];
    const output = { isTTY, write: (text: string) => written.push(text) };
    return { clock, written, progress: new Progress(output, clock, 'records', 100) };
  };

  it('says nothing within a second, then a line now and then, and leaves none behind', async () => {
    const { clock, written, progress } = open(true);
    progress.add(10);
    await clock.advance(999);
    progress.add(10);
    expect(written).toEqual([]);
    await clock.advance(1);
    progress.add(10);
    progress.add(10);
    expect(written).toEqual([expect.stringContaining('30 % of 100 records')]);
    progress.end();
    expect(written.at(-1)).toBe('\r\x1b[K');
  });

  it('says nothing where nobody looks', async () => {
    const { clock, written, progress } = open(false);
    await clock.advance(5000);
    progress.add(10);
    progress.end();
    expect(written).toEqual([]);
  });
});
