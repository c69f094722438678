import { describe, expect, it } from 'vitest';
import { SensorMemory } from './sensor-memory.ts';

function memoryWith(...counts: readonly number[]): SensorMemory {
  const memory = new SensorMemory();
  for (const count of counts) memory.add({ count, at: count * 1000, payload: '' });
  memory.beginConnection();
  return memory;
}

function takeAll(memory: SensorMemory, windowSize = 99): readonly number[] {
  const taken: number[] = [];
  for (let next = memory.takeNext(windowSize); next !== undefined; next = memory.takeNext(windowSize)) {
    taken.push(next.count);
  }
  return taken;
}

describe('SensorMemory', () => {
  it('sends in order, as many as the window allows', () => {
    const memory = memoryWith(1, 2, 3, 4, 5);
    expect(takeAll(memory, 2)).toEqual([1, 2]);
    memory.acknowledge(1);
    expect(takeAll(memory, 2)).toEqual([3]);
  });

  it('begins each connection at the oldest that was not acknowledged', () => {
    const memory = memoryWith(1, 2, 3, 4);
    expect(takeAll(memory, 3)).toEqual([1, 2, 3]);
    memory.acknowledge(1);
    expect(memory.beginConnection().map(({ count }) => count)).toEqual([2, 3]);
    expect(takeAll(memory)).toEqual([2, 3, 4]);
  });

  it('names as sent again only what an earlier connection has sent', () => {
    const memory = memoryWith(1, 2, 3);
    expect(memory.beginConnection()).toEqual([]);
    takeAll(memory, 1);
    expect(memory.beginConnection().map(({ count }) => count)).toEqual([1]);
    expect(memory.beginConnection().map(({ count }) => count)).toEqual([1]);
  });

  it('lets acknowledgements come in any order, and passes over those it did not ask for', () => {
    const memory = memoryWith(1, 2, 3);
    takeAll(memory);
    memory.acknowledge(2);
    memory.acknowledge(2);
    memory.acknowledge(99);
    expect(memory.pending.map(({ count }) => count)).toEqual([1, 3]);
    expect(memory.beginConnection().map(({ count }) => count)).toEqual([1, 3]);
    memory.acknowledge(3);
    memory.acknowledge(1);
    expect(memory.pendingCount).toBe(0);
  });

  it('takes nothing new when it is full, and counts that', () => {
    const memory = new SensorMemory(2);
    for (const count of [1, 2]) {
      expect(memory.hasRoom()).toBe(true);
      memory.add({ count, at: 0, payload: '' });
    }
    expect(memory.hasRoom()).toBe(false);
    expect(memory.hasRoom()).toBe(false);
    expect(memory.refusedCount).toBe(2);
    memory.beginConnection();
    takeAll(memory);
    memory.acknowledge(1);
    expect(memory.hasRoom()).toBe(true);
  });
});
