import { describe, expect, it } from 'vitest';
import { VainWork } from './vain-work.ts';

/** How many frames of this size, one at each offset, are summed up in vain before one is not. */
function countAllowed(work: VainWork, sizeBytes: number, offsets: Iterable<number>): number {
  let count = 0;
  for (const offset of offsets) {
    if (!work.allows(offset, sizeBytes)) return count;
    work.spend(sizeBytes);
    count++;
  }
  return count;
}

const at = (offset: number) => Array<number>(1000).fill(offset);

describe('VainWork', () => {
  it('ends a flood of long frames after 64 of them', () => {
    expect(countAllowed(new VainWork(), 4096, at(0))).toBe(64);
  });

  it('has room again once other bytes have passed, a long frame for every 512', () => {
    const work = new VainWork();
    countAllowed(work, 4096, at(0));
    expect(work.allows(511, 4096)).toBe(false);
    expect(work.allows(512, 4096)).toBe(true);
  });

  it('saves up no more than it began with', () => {
    expect(countAllowed(new VainWork(), 4096, at(1e9))).toBe(64);
  });

  it('never runs out where headers come as thin as in noise', () => {
    const offsets = Array.from({ length: 1000 }, (_, index) => index * 512);
    expect(countAllowed(new VainWork(), 4096, offsets)).toBe(1000);
  });
});
