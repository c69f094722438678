import { expect, it } from 'vitest';
import { wayExtent } from './way-extent.ts';

const fixAt = (latitudeDeg: number, longitudeDeg: number) => ({ device: 'gps0', atMs: 0, latitudeDeg, longitudeDeg });
const ASPECT = 0.75;

it('holds the way from north to south, and from west to east', () => {
  expect(wayExtent([fixAt(48, 11), fixAt(48.2, 11)], ASPECT)).toEqual({
    centre: [11, 48.1],
    reachM: expect.closeTo(11_119.5, 0),
  });
  expect(wayExtent([fixAt(0, 11), fixAt(0, 11.2)], ASPECT).reachM).toBeCloseTo(0.75 * 11_119.5, 0);
});

it('takes the short way over the meridian where the day changes', () => {
  const { centre, reachM } = wayExtent([fixAt(-17, 179.99), fixAt(-17, -179.99)], ASPECT);
  expect(centre[0]).toBeCloseTo(180, 9);
  expect(reachM).toBeLessThan(2000);
});
