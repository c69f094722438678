import { expect, it } from 'vitest';
import { extendTrack, MAX_TRACK_FIXES } from './extend-track.ts';
import type { Fix } from './live-view.ts';

const fixAt = (latitudeDeg: number, device = 'gps0'): Fix => ({ device, atMs: 0, latitudeDeg, longitudeDeg: 11.5 });
const follow = (fixes: readonly Fix[]) => fixes.reduce<readonly Fix[]>(extendTrack, []);

it('keeps the way of a vehicle that stands still, however long it is watched', () => {
  const way = Array.from({ length: 100 }, (_, step) => fixAt(48 + step * 0.001));
  const halt = Array.from({ length: 2 * MAX_TRACK_FIXES }, () => fixAt(48.1));
  const track = follow([...way, ...halt]);
  expect(track[0]).toEqual(way[0]);
  expect(track.length).toBeLessThan(way.length + 3);
});

it('never holds more places than it may', () => {
  expect(follow(Array.from({ length: 2 * MAX_TRACK_FIXES }, (_, step) => fixAt(step * 0.01)))).toHaveLength(
    MAX_TRACK_FIXES,
  );
});

it('begins anew with another receiver', () => {
  expect(follow([fixAt(48), fixAt(48.1), fixAt(48, 'gps1')])).toEqual([fixAt(48, 'gps1')]);
});
