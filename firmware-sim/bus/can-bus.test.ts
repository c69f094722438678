import { describe, expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { CanBus, MAX_WAITING_FRAMES } from './can-bus.ts';
import { frameBits } from './frame-bits.ts';

function frame(id: number, isExtended = false, data = new Uint8Array(8)): CanFrame {
  return { id, isExtended, isRemote: false, data };
}

function openBus(bitrate = 500_000) {
  const heard: { readonly id: number; readonly atMs: number }[] = [];
  const bus = new CanBus({ bitrate, onFrame: ({ id }, atMs) => heard.push({ id, atMs }) });
  return { bus, heard };
}

describe('CanBus', () => {
  it('lets the lowest identifier go first, a base frame before the extended one that begins alike', () => {
    const { bus, heard } = openBus();
    bus.at(1, () => {
      for (const sent of [frame(0x300), frame(0x100 * 2 ** 18, true), frame(0x100)]) bus.send(sent);
    });
    bus.advance(10);
    expect(heard.map(({ id }) => id)).toEqual([0x100, 0x100 * 2 ** 18, 0x300]);
  });

  it('does not break off a frame for a more important one', () => {
    const { bus, heard } = openBus();
    bus.at(1, () => bus.send(frame(0x300)));
    bus.at(1.05, () => bus.send(frame(0x100)));
    bus.advance(10);
    expect(heard.map(({ id }) => id)).toEqual([0x300, 0x100]);
  });

  it('never carries more than its bit rate, and starves whoever is least important', () => {
    const { bus, heard } = openBus(125_000);
    for (const id of [0x100, 0x200, 0x300]) bus.every(2, 0, () => bus.send(frame(id), undefined, true));
    bus.advance(10_000);
    expect(bus.bitCount).toBeLessThanOrEqual(125_000 * 10 + frameBits(frame(0x100)));
    expect(bus.bitCount).toBeGreaterThan(125_000 * 9.9);
    const countOf = (wanted: number) => heard.filter(({ id }) => id === wanted).length;
    expect(countOf(0x100)).toBe(5_000);
    expect(countOf(0x300)).toBeLessThan(100);
    expect(bus.displacedCount).toBeGreaterThan(0);
    const gaps = heard.slice(1).map(({ atMs }, index) => atMs - (heard[index]?.atMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan((111 * 1000) / 125_000);
  });

  it('holds only so many frames that wait', () => {
    const { bus, heard } = openBus();
    for (let count = 0; count < MAX_WAITING_FRAMES + 100; count++) bus.send(frame(0x100));
    bus.advance(1_000);
    expect(heard).toHaveLength(MAX_WAITING_FRAMES);
    expect(bus.displacedCount).toBe(100);
  });

  it('does the same in small steps as in one', () => {
    const play = (stepMs: number) => {
      const { bus, heard } = openBus();
      for (const [index, id] of [0x100, 0x101, 0x7f0].entries()) bus.every(3 + index, index, () => bus.send(frame(id)));
      for (let atMs = stepMs; atMs <= 1_000; atMs += stepMs) bus.advance(atMs);
      return heard;
    };
    expect(play(10)).toEqual(play(1_000));
  });

  it('tells everybody but the sender', () => {
    const { bus } = openBus();
    const told: string[] = [];
    const [one, other] = ['one', 'other'].map((name) => ({ onFrame: () => void told.push(name) }));
    if (one === undefined || other === undefined) throw new Error('unreachable');
    bus.listen(one);
    bus.listen(other);
    bus.send(frame(1), one);
    bus.advance(1);
    expect(told).toEqual(['other']);
  });
});
